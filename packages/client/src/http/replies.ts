import type { Operation, OutputValidators, ReplyContent, ReplyFormat, Validator } from '@flowwire/contract';
import { closest, isJson } from './media-type.ts';

type Replies = Operation['replies'];

/** The answers of a call that succeeds: those of class 2, or `default` where the document has none. */
export function successesOf({ replies }: Operation): readonly ReplyFormat[] {
  const own = Object.entries(replies).flatMap(([status, reply]) => (/^2/.test(status) ? [reply] : []));
  return own.length > 0 || replies.default === undefined ? own : [replies.default];
}

/** What a table by status has for one: the status itself, its class (`4XX`) or `default`. */
function statusKey(replies: Replies, status: number): string {
  return [String(status), `${Math.floor(status / 100)}XX`].find((key) => key in replies) ?? 'default';
}

export function byStatus(replies: Replies, status: number): ReplyFormat | undefined {
  return replies[statusKey(replies, status)];
}

/**
 * The media type in which an answer came, of those that the document has for its status. JSON of another
 * name is JSON all the same; without a Content-Type it is the first.
 */
export function contentOf({ content = [] }: ReplyFormat, contentType: string): ReplyContent | undefined {
  if (contentType === '') return content[0];
  return (
    closest(content, contentType) ??
    (isJson(contentType) ? content.find(({ kind }) => kind === 'json') : undefined)
  );
}

/** The validator of a JSON answer: its status's for the first JSON media type, one of its own for others. */
export function validatorOf(
  { replies }: Operation,
  outputs: OutputValidators,
  status: number,
  content: ReplyContent,
): Validator<unknown> | undefined {
  const key = statusKey(replies, status);
  const first = replies[key]?.content?.find(({ kind }) => kind === 'json');
  return outputs.replies[first === content ? key : `${key} ${content.mediaType}`];
}
