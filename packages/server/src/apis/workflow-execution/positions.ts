import { isFinal, type RunService, type RunSummary } from '@flowwire/engine';
import { refusal } from '../refusal.ts';
import { frameMaker } from './dialect.ts';
import { toExecution } from './records.ts';

export const IN_HEADER = { in: 'header', pointer: '/Last-Event-ID' } as const;
export const IN_QUERY = { in: 'query', pointer: '/last_event_id' } as const;
type CursorPlace = typeof IN_HEADER | typeof IN_QUERY;

export const toCursor = (eventId: string | undefined): number => Number(eventId ?? 0);

/** A cursor belongs to a run that exists: without the key that names it, the request would start another. */
export const cursorWithoutKey = (headers: { 'Idempotency-Key'?: string; 'Last-Event-ID'?: string }) =>
  headers['Idempotency-Key'] === undefined && toCursor(headers['Last-Event-ID']) > 0
    ? refusal(
        400,
        'invalid_cursor',
        'Last-Event-ID needs the Idempotency-Key of the run that it belongs to.',
        [{ in: 'header', pointer: '/Idempotency-Key', code: 'required', message: 'is missing' }],
      )
    : undefined;

const ahead = (run: RunSummary, cursor: number, where: CursorPlace) =>
  refusal(400, 'invalid_cursor', `Execution ${run.id} has no event ${cursor} yet.`, [
    { ...where, code: 'maximum', message: `must be at most ${run.lastSeq}` },
  ]);

function expired(run: RunSummary) {
  const message = `Events of execution ${run.id} up to ${run.prunedSeq} are no longer kept.`;
  const { status, body } = refusal(410, 'cursor_expired', message);
  return { status, body: { ...body, execution: toExecution(run) } };
}

/** The stream of a run's events after `cursor`; 204 when none can follow, 410 when they are gone. */
export function eventsAfter(
  service: RunService,
  run: RunSummary,
  cursor: number,
  {
    where = IN_HEADER,
    headers = {},
  }: { where?: CursorPlace; headers?: Readonly<Record<string, string>> } = {},
) {
  if (cursor > run.lastSeq) return ahead(run, cursor, where);
  if (isFinal(run.state) && cursor === run.lastSeq) return { status: 204 as const };
  if (cursor < run.prunedSeq) return expired(run);
  return {
    status: 200 as const,
    stream: service.follow(run, cursor, frameMaker(run)),
    headers: { 'X-Execution-Id': run.id, ...headers },
  };
}
