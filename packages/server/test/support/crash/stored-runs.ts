import Database from 'better-sqlite3';

/** An event as the store has it. */
export interface StoredRow {
  readonly seq: number;
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface StoredRun {
  readonly id: string;
  readonly status: string;
  readonly lastSeq: number;
  readonly answer: unknown;
  readonly events: readonly StoredRow[];
}

/** Every run of a server's data folder with its whole log. */
export function readRuns(folder: string): readonly StoredRun[] {
  const database = new Database(`${folder}/flowwire.sqlite`, { readonly: true });
  const runs = database.prepare('SELECT id, status, last_seq, outputs FROM workflow_executions').all();
  const events = database.prepare('SELECT seq, type, at, data FROM run_events WHERE run_id = ? ORDER BY seq');
  const read = runs.map((row) => {
    const { id, status, last_seq, outputs } = Object.assign(
      { id: '', status: '', last_seq: 0, outputs: '{}' },
      row,
    );
    const answer: unknown = JSON.parse(outputs ?? '{}').answer;
    return { id, status, lastSeq: last_seq, answer, events: events.all(id).map(toEvent) };
  });
  database.close();
  return read;
}

function toEvent(row: unknown): StoredRow {
  const { seq, type, at, data } = Object.assign({ seq: 0, type: '', at: 0, data: '{}' }, row);
  return { seq, type, at, data: JSON.parse(data) };
}

/** The text that counts: what a node wrote before it began again is discarded. */
export function textOf(events: readonly StoredRow[]): string {
  let deltas: StoredRow[] = [];
  for (const event of events) {
    if (event.type === 'text_delta') deltas.push(event);
    if (event.type !== 'node_retry') continue;
    const { nodeId, scope, discardFromSeq } = event.data;
    deltas = deltas.filter(
      ({ seq, data }) => data.nodeId !== nodeId || data.scope !== scope || seq < Number(discardFromSeq),
    );
  }
  return deltas.map(({ data }) => String(data.text)).join('');
}

/** A node's place in its run, such as `each[2].fetch`. */
export const placeOf = ({ data: { nodeId, scope } }: StoredRow): string =>
  scope === undefined ? String(nodeId) : `${scope}.${nodeId}`;
