import type { BodyKind } from '@flowwire/contract';

/** Text in UTF-8 by their definitions, though not of type `text`. XML and YAML are so wherever they are served. */
const TEXT = /^text\/|\+(xml|yaml)$|^application\/(xml|yaml|x-yaml|javascript|graphql|sql|toml)$/;

/** Values one after another (OpenAPI 3.2 section 4.14.3). Server-sent events have a reader of their own. */
const SEQUENTIAL_TEXT = /^application\/(jsonl|jsonlines|x-jsonlines|x-ndjson|ndjson|(.+\+)?json-seq)$/;

/** Without parameters, in lower case (RFC 9110 section 8.3.1). */
const essence = (mediaType: string): string => (mediaType.split(';')[0] ?? '').trim().toLowerCase();

export const isEventStream = (mediaType: string): boolean => essence(mediaType) === 'text/event-stream';

/** Whether it stands for several media types, such as `image/*`. */
export const isRange = (mediaType: string): boolean => essence(mediaType).endsWith('/*');

/**
 * How a body of a media type is read and written. `isStructured` says that its schema describes something
 * other than text or bytes; it decides for ranges that may mean JSON.
 */
export function bodyKind(mediaType: string, isStructured: boolean): BodyKind {
  const type = essence(mediaType);
  if (/^(application|text)\/json$|\+json$/.test(type)) return 'json';
  if (type === '*/*' || type === 'application/*') return isStructured ? 'json' : 'binary';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type.startsWith('multipart/')) return 'multipart';
  return TEXT.test(type) || SEQUENTIAL_TEXT.test(type) ? 'text' : 'binary';
}

/** A word or two for the names of schemas that differ by their media type. */
export function shortName(mediaType: string): string {
  const type = essence(mediaType);
  if (type === 'application/x-www-form-urlencoded') return 'form';
  return type.startsWith('multipart/') ? 'multipart' : (type.split('/')[1] ?? '');
}
