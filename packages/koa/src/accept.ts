import type { Operation, ReplyFormat } from '@flowwire/contract';
import type { Context } from 'koa';
import { essenceOf, isRange } from './media-type.ts';
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

/** The answers of class 2, or `default` where the document has none. */
const successesOf = (replies: Operation['replies']): ReplyFormat[] => {
  const own = Object.entries(replies).flatMap(([status, reply]) => (status.startsWith('2') ? [reply] : []));
  return own.length > 0 || replies.default === undefined ? own : [replies.default];
};

/** Prepares the reading of Accept headers (RFC 9110 section 12.5.1). Refusals are JSON whatever they say. */
export const createAcceptChecks = ({ replies, streamSwitch }: Operation): AcceptChecks => {
  const formats = successesOf(replies);
  const streams = formats.some(({ stream }) => stream !== undefined) ? [EVENT_STREAM] : [];
  const singles = [
    ...new Set(formats.flatMap(({ content = [] }) => content.map(({ mediaType }) => mediaType))),
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

/** Whether a client takes some media type of the range that the operation answers with, as `image/*`. */
const acceptsRange = (accept: string, range: string): boolean => {
  if (!isRange(range)) return false;
  return accept.split(',').some((part) => {
    const type = essenceOf(part);
    const isRefused = /;\s*q\s*=\s*0(?:\.0*)?\s*$/i.test(part);
    return !isRefused && (range === '*/*' || type.startsWith(range.slice(0, -1)));
  });
};

const check = (ctx: Context, offered: string[]): void => {
  const { accept } = ctx.req.headers;
  if (accept === undefined || accept === '*/*' || offered.length === 0 || ctx.accepts(offered)) return;
  if (offered.some((type) => acceptsRange(accept, type))) return;
  throw new ProblemError('not_acceptable', `This answers with ${offered.join(' or ')}.`);
};
