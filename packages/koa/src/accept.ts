import type { Operation } from '@flowwire/contract';
import type { Context } from 'koa';
import { ProblemError } from './problem.ts';

/** Throws a ProblemError of 406. */
export interface AcceptChecks {
  /** Refuses a request whose Accept header excludes all that the operation can answer with. */
  before(ctx: Context): void;
  /**
   * Refuses a request whose body chooses an answer that its Accept header excludes. One that leaves the
   * choice to the default is not refused: clients that know one form only often say neither.
   */
  withBody(ctx: Context, body: unknown): void;
}

const EVENT_STREAM = 'text/event-stream';

/** Prepares the reading of Accept headers (RFC 9110 section 12.5.1). Refusals are JSON whatever they say. */
export const createAcceptChecks = ({ replies, streamSwitch }: Operation): AcceptChecks => {
  const formats = Object.entries(replies).flatMap(([status, reply]) =>
    status.startsWith('2') ? [reply] : [],
  );
  const streams = formats.some(({ stream }) => stream !== undefined) ? [EVENT_STREAM] : [];
  const singles = [
    ...new Set(formats.flatMap(({ json, text }) => [json ? 'application/json' : [], text ?? []].flat())),
  ];
  const all = [...singles, ...streams];

  return {
    before: (ctx) => check(ctx, all),
    withBody: (ctx, body) => {
      if (streamSwitch === undefined || typeof body !== 'object' || body === null) return;
      const choice: unknown = Reflect.get(body, streamSwitch.field);
      if (choice === streamSwitch.stream) check(ctx, streams);
      else if (choice === streamSwitch.single) check(ctx, singles);
    },
  };
};

const check = (ctx: Context, offered: string[]): void => {
  const { accept } = ctx.req.headers;
  if (accept === undefined || accept === '*/*' || offered.length === 0 || ctx.accepts(offered)) return;
  throw new ProblemError('not_acceptable', `This answers with ${offered.join(' or ')}.`);
};
