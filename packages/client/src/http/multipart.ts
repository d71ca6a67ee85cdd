import type { PartFormat } from '@flowwire/contract';
import { toJson } from './styles.ts';

/** One value of a form on its way to the wire. */
interface Field {
  readonly name: string;
  readonly value: unknown;
  readonly format: PartFormat | undefined;
}

/** The values of a form's fields; those of a list each by itself, unless the list is sent as JSON. */
function fieldsOf(body: unknown, formats: Readonly<Record<string, PartFormat>>): Field[] {
  return Object.entries(Object(body)).flatMap(([name, value]) => {
    const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
    const isList = Array.isArray(value) && (format === undefined || format.repeated === true);
    const values: unknown[] = isList ? value : [value];
    // Only JSON has a null.
    return values
      .filter((item) => item !== undefined && (item !== null || format?.kind === 'json'))
      .map((item) => ({ name, value: item, format }));
  });
}

function textOf({ name, value, format }: Field): string {
  const asJson = format === undefined ? typeof value === 'object' : format.kind === 'json';
  return asJson ? toJson(value, `field ${name}`) : String(value);
}

/** Writes `application/x-www-form-urlencoded` (OpenAPI 3.2 section 4.15.4). @throws TypeError for a file */
export function writeForm(body: unknown, formats: Readonly<Record<string, PartFormat>> = {}): string {
  const pairs = new URLSearchParams();
  for (const field of fieldsOf(body, formats)) {
    if (field.value instanceof Blob)
      throw new TypeError(`field ${field.name}: this form cannot carry a file`);
    pairs.append(field.name, textOf(field));
  }
  return pairs.toString();
}

/**
 * Writes a multipart body (RFC 7578). FormData could not say the media type of a part that is no file. Blobs
 * are put in as they are: what lies on the disk is read when it is sent.
 */
export function writeMultipart(
  body: unknown,
  boundary: string,
  formats: Readonly<Record<string, PartFormat>> = {},
): Blob {
  const pieces = fieldsOf(body, formats).flatMap((field) => {
    const { name, content, filename, type } = partOf(field);
    const disposition = `Content-Disposition: form-data; name="${escapeName(name)}"`;
    const file = filename === undefined ? '' : `; filename="${escapeName(filename)}"`;
    const contentType = type === undefined ? '' : `\r\nContent-Type: ${type}`;
    return [`--${boundary}\r\n${disposition}${file}${contentType}\r\n\r\n`, content, '\r\n'];
  });
  return new Blob([...pieces, `--${boundary}--\r\n`]);
}

interface Part {
  readonly name: string;
  readonly content: string | Blob;
  readonly filename?: string;
  readonly type?: string | undefined;
}

function partOf(field: Field): Part {
  const { name, value, format } = field;
  const blob = value instanceof Blob ? value : isBytes(value) ? new Blob([value]) : undefined;
  if (blob !== undefined) {
    const filename = 'name' in blob && typeof blob.name === 'string' ? blob.name : 'blob';
    return { name, content: blob, filename, type: format?.contentType ?? (blob.type || OCTETS) };
  }
  if (format?.kind === 'binary') throw new TypeError(`field ${name}: it must be a Blob or bytes`);
  const isJsonPart = format === undefined ? typeof value === 'object' : format.kind === 'json';
  const fallback = isJsonPart ? 'application/json' : undefined;
  return { name, content: textOf(field), type: format?.contentType ?? fallback };
}

export const OCTETS = 'application/octet-stream';

export function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> | ArrayBuffer {
  return value instanceof ArrayBuffer || value instanceof Uint8Array;
}

/** The three characters that a quoted name cannot hold, as browsers write them (WHATWG HTML section 4.10.22.8). */
function escapeName(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
