import type { StoredEvent } from '../events.ts';
import { importDefinition } from '../formats/index.ts';
import type { Run } from '../ports.ts';
import { visibleText } from '../testing/index.ts';
import type { Case, CaseRun } from './case.ts';

/** What the import of a foreign text came to, as cases tell it; nothing of a native one. */
export function reportOf(text: string): Pick<Case, 'report' | 'notes' | 'moved'> {
  const result = importDefinition(text, { secrets: 'move' });
  if (!result.ok || result.format === 'native') return {};
  const report = result.rows.map(({ nodeId, nodeType, status, importedAs }) =>
    `${nodeId} ${nodeType}: ${status} -> ${importedAs.map(({ type }) => type).join(', ')}`.trimEnd(),
  );
  const moved = Object.fromEntries(result.secrets.map(({ name, value }) => [name, value]));
  return { report, notes: result.notes.map(({ message }) => message), moved };
}

/** What a run came to, as cases tell it. */
export function endOf(run: Run, events: readonly StoredEvent[]) {
  const { state, error } = run;
  const outputs: unknown = JSON.parse(JSON.stringify(run.outputs ?? {}).replaceAll(run.id, 'RUN'));
  const at = error?.nodeId === undefined ? '' : ` at ${error.nodeId}`;
  return {
    state,
    outputs,
    error: error && `${error.code}${at}`,
    text: Object.fromEntries(visibleText(events)),
    reasoning: reasoningOf(events),
    logs: logsOf(events),
  };
}

export const wantedEndOf = ({ state = 'succeeded', outputs = {}, error, text = {}, ...run }: CaseRun) => ({
  state,
  outputs,
  error,
  text,
  reasoning: run.reasoning ?? {},
  logs: run.logs ?? {},
});

/** The reasoning that a reader of the log has in the end, by node. */
function reasoningOf(events: readonly StoredEvent[]): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const { seq, event } of events) {
    if (event.type === 'reasoning_delta' && !isDiscarded(seq, event.nodeId, event.scope, events)) {
      texts[event.nodeId] = (texts[event.nodeId] ?? '') + event.text;
    }
  }
  return texts;
}

const isDiscarded = (
  seq: number,
  nodeId: string,
  scope: string | undefined,
  events: readonly StoredEvent[],
) =>
  events.some(
    ({ seq: at, event }) =>
      event.type === 'node_retry' &&
      event.nodeId === nodeId &&
      event.scope === scope &&
      event.discardFromSeq <= seq &&
      seq < at,
  );

const logsOf = (events: readonly StoredEvent[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    events.flatMap(({ event }) =>
      event.type === 'node_finished' && event.logs ? [[event.nodeId, event.logs] as const] : [],
    ),
  );

/** The nodes whose text was told before they had ended. */
export function streamedOf(events: readonly StoredEvent[]): readonly string[] {
  const ended = new Set<string>();
  const streamed = new Set<string>();
  for (const { event } of events) {
    if (event.type === 'node_finished') ended.add(event.nodeId);
    if (event.type !== 'text_delta' || event.field !== 'text' || ended.has(event.nodeId)) continue;
    streamed.add(event.nodeId);
  }
  return [...streamed];
}
