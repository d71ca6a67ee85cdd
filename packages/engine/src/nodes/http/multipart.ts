import { randomUUID } from 'node:crypto';
import { textOf } from '../../definition/references.ts';
import type { JsonObject, JsonValue } from '../../events.ts';
import { decodeBase64, type EncodedBody, isObject } from './body.ts';
import { invalidRequest } from './headers.ts';

const MEDIA_TYPE = /^[\w.+-]{1,100}\/[\w.+-]{1,100}(?:; ?[\w-]{1,100}="?[\w .:/+-]{0,200}"?){0,8}$/;

/**
 * An object as multipart/form-data (RFC 7578). A value is text, a number, true or false, a file
 * `{filename, content_type, base64}`, or a list of these, which repeats its field. Throws NodeError
 * `invalid_request`.
 */
export function encodeMultipart(fields: JsonObject): EncodedBody {
  // Random, so that nothing that a field holds can end its part.
  const boundary = `flowwire-${randomUUID()}`;
  const chunks: Uint8Array[] = [];
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      const { head, data } = encodePart(name, item);
      chunks.push(Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`), data, Buffer.from('\r\n'));
    }
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return { contentType: `multipart/form-data; boundary=${boundary}`, data: Buffer.concat(chunks) };
}

function encodePart(name: string, value: JsonValue): { head: string; data: Uint8Array } {
  const disposition = `Content-Disposition: form-data; name="${escapeQuoted(name)}"`;
  if (typeof value !== 'object' || value === null) {
    return { head: disposition, data: Buffer.from(value === null ? '' : textOf(value)) };
  }
  if (!isObject(value) || !Object.hasOwn(value, 'base64')) {
    throw invalidRequest(`the field ${name} must be text or a file {filename, content_type, base64}`);
  }
  const { filename = 'file', content_type: type = 'application/octet-stream' } = value;
  if (typeof filename !== 'string' || typeof type !== 'string' || !MEDIA_TYPE.test(type)) {
    throw invalidRequest(`the file ${name} needs a text filename and a content_type such as image/png`);
  }
  return {
    head: `${disposition}; filename="${escapeQuoted(filename)}"\r\nContent-Type: ${type}`,
    data: decodeBase64(value.base64, `base64 of the file ${name}`),
  };
}

/** As browsers do it (WHATWG HTML, multipart/form-data), so that no name can begin another header. */
const escapeQuoted = (text: string): string =>
  text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
