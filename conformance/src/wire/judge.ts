import {
  type Operation,
  type OutputValidators,
  pointerKeys,
  type ReplyFormat,
  readAt,
  toFindings,
  type Validator,
} from '@flowwire/contract';
import { type Answer, mediaTypeOf, toItem } from './answer.ts';

/** Every way in which an answer is not what its document says; empty when it keeps it. */
export function judge(operation: Operation, outputs: OutputValidators, answer: Answer): readonly string[] {
  const { status } = answer;
  const format = operation.replies[status];
  if (format === undefined) return [`the document knows no status ${status}: ${answer.text.slice(0, 200)}`];
  if (mediaTypeOf(answer.headers) === 'text/event-stream') return judgeStream(format, outputs, answer);
  return judgeBody(format, outputs.replies[String(status)], answer);
}

function judgeBody(
  { content = [], stream }: ReplyFormat,
  validate: Validator<unknown> | undefined,
  answer: Answer,
): readonly string[] {
  if (content.length === 0 && stream === undefined)
    return answer.text === '' ? [] : [`the document knows no body for ${answer.status}`];
  const mediaType = mediaTypeOf(answer.headers);
  const one = content.find((known) => known.mediaType === mediaType);
  if (!one)
    return [`the document knows no ${mediaType || 'answer without a media type'} for ${answer.status}`];
  if (one.kind !== 'json') return [];
  if (answer.json === undefined) return ['the body is not JSON'];
  return faultsOf(validate, answer.json, 'the body');
}

function judgeStream({ stream }: ReplyFormat, { item }: OutputValidators, answer: Answer): readonly string[] {
  if (stream === undefined) return [`the document knows no stream for ${answer.status}`];
  const faults: string[] = [];
  let ended = '';
  for (const event of answer.events) {
    const read = toItem(stream, event);
    if ('fault' in read) faults.push(read.fault);
    if ('sentinel' in read) ended = read.sentinel;
    if (!('item' in read)) continue;
    if (ended !== '') faults.push(`an item follows ${ended}`);
    faults.push(...faultsOf(item, read.item, 'an item'));
    const kind = discriminatorOf(stream.discriminator, read.item);
    if (kind !== undefined && stream.terminal.includes(kind)) ended = kind;
  }
  if (answer.isWhole && stream.terminal.length > 0 && ended === '')
    faults.push('the stream ends without a terminal item');
  return faults;
}

function discriminatorOf(place: string | undefined, item: unknown): string | undefined {
  if (place === undefined) return undefined;
  const value = readAt(item, pointerKeys(place.startsWith('/') ? place : `/${place}`));
  return value === undefined ? undefined : String(value);
}

function faultsOf(validate: Validator<unknown> | undefined, value: unknown, what: string): readonly string[] {
  if (validate === undefined || validate(value)) return [];
  return toFindings(validate.errors).map(
    ({ pointer, message }) => `${what} breaks the document: ${pointer || '/'} ${message}`,
  );
}
