import type { BodyFormat, Operation } from '@flowwire/contract';
import type { OperationInput } from '../options.ts';
import { closest, isRange } from './media-type.ts';
import { isBytes, OCTETS, writeForm, writeMultipart } from './multipart.ts';
import { randomHex } from './random.ts';
import { toJson } from './styles.ts';

export interface EncodedBody {
  readonly content: BodyInit;
  readonly contentType: string;
  /** False for a stream, which is read once. */
  readonly isRepeatable: boolean;
}

/**
 * Writes a request's body in the media type that the input names, else in the document's first one.
 *
 * @throws TypeError for a body that cannot be written so.
 */
export function encodeBody(operation: Operation, input: OperationInput): EncodedBody | undefined {
  const { body, contentType } = input;
  if (body === undefined) return undefined;
  const formats = operation.body?.content ?? [];
  const format = contentType === undefined ? formats[0] : closest(formats, contentType);
  if (format === undefined) {
    const offered = formats.map(({ mediaType }) => mediaType).join(' or ') || 'no body';
    throw new TypeError(`${operation.operationId}: it takes ${offered}, not ${contentType ?? 'a body'}`);
  }
  return encodeAs(format, body, contentType, operation.operationId);
}

function encodeAs(
  format: BodyFormat,
  body: unknown,
  named: string | undefined,
  operationId: string,
): EncodedBody {
  const { kind, mediaType, parts } = format;
  const isRepeatable = true;
  const typeOr = (fallback: string) => named ?? (isRange(mediaType) ? fallback : mediaType);
  switch (kind) {
    case 'json':
      return {
        content: toJson(body, `${operationId}: the body`),
        contentType: typeOr('application/json'),
        isRepeatable,
      };
    case 'form':
      return { content: writeForm(body, parts), contentType: typeOr(mediaType), isRepeatable };
    case 'multipart': {
      const boundary = randomHex();
      const contentType = `${typeOr('multipart/form-data')}; boundary=${boundary}`;
      return { content: writeMultipart(body, boundary, parts), contentType, isRepeatable };
    }
    case 'text':
      if (typeof body === 'string') return { content: body, contentType: typeOr('text/plain'), isRepeatable };
      break;
    case 'binary': {
      const type = body instanceof Blob ? body.type : '';
      const contentType = typeOr(type || OCTETS);
      if (closest([format], contentType) === undefined) {
        throw new TypeError(`${operationId}: the body needs a contentType of ${mediaType}`);
      }
      if (body instanceof Blob || isBytes(body)) return { content: body, contentType, isRepeatable };
      if (body instanceof ReadableStream) return { content: body, contentType, isRepeatable: false };
    }
  }
  throw new TypeError(`${operationId}: the body cannot be written as ${mediaType}`);
}
