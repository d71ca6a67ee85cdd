import { textOf } from '../../definition/references.ts';
import type { HttpBody } from '../../definition/types.ts';
import type { JsonObject, JsonValue } from '../../events.ts';
import { invalidRequest } from './headers.ts';
import { encodeMultipart } from './multipart.ts';

export interface EncodedBody {
  readonly contentType: string;
  readonly data: string | Uint8Array;
}

// Base64 and its form for URLs; the alphabet alone, so that matching is linear.
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** A value as the body of a request. Throws NodeError `invalid_request`. */
export function encodeBody(type: HttpBody['type'], content: JsonValue): EncodedBody {
  switch (type) {
    case 'json':
      return { contentType: 'application/json', data: JSON.stringify(content) };
    case 'text':
      return { contentType: 'text/plain; charset=utf-8', data: textOf(content) };
    case 'form':
      return {
        contentType: 'application/x-www-form-urlencoded',
        data: encodeForm(toFields(content, 'form')),
      };
    case 'multipart':
      return encodeMultipart(toFields(content, 'multipart body'));
    case 'binary':
      return { contentType: 'application/octet-stream', data: decodeBase64(content, 'the binary body') };
  }
}

function toFields(content: JsonValue, what: string): JsonObject {
  if (isObject(content)) return content;
  throw invalidRequest(`the content of a ${what} must be an object of its fields`);
}

export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lists repeat their field; what is neither text nor list is JSON, and null is empty. */
function encodeForm(fields: JsonObject): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value])
      form.append(name, item === null ? '' : textOf(item));
  }
  return form.toString();
}

/** Bytes from base64 text. Throws NodeError `invalid_request`, which says `what` is none. */
export function decodeBase64(value: JsonValue | undefined, what: string): Uint8Array {
  if (!isBase64(value)) throw invalidRequest(`${what} must be base64 text`);
  return Buffer.from(value, 'base64');
}

export const isBase64 = (value: unknown): value is string => typeof value === 'string' && BASE64.test(value);
