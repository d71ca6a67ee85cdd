import type { Operation } from '@flowwire/contract';

/** What a request for an operation says. Values are as the document describes them, or deliberately not. */
export interface Input {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A request as it goes out. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Blob | FormData;
}

/** Writes a request for an operation as its document says. */
export function toWireRequest(operation: Operation, input: Input): WireRequest {
  const format = operation.body?.content[0];
  const body = input.body === undefined || format === undefined ? undefined : bodyOf(format.kind, input.body);
  return {
    method: operation.method,
    target: targetOf(operation.path, input),
    headers: {
      // A form's boundary is for fetch to choose.
      ...(body !== undefined && !(body instanceof FormData) && { 'Content-Type': format?.mediaType ?? '' }),
      ...input.headers,
    },
    ...(body !== undefined && { body }),
  };
}

function targetOf(path: string, { path: values = {}, query = {} }: Input): string {
  const filled = path.replace(/\{([^}]*)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === '' ? filled : `${filled}?${text}`;
}

/** A body that is sent as it is, whatever the document says. */
export class RawBody {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function bodyOf(kind: string, value: unknown): string | Blob | FormData {
  if (value instanceof RawBody) return value.text;
  if (kind !== 'multipart') return JSON.stringify(value);
  const form = new FormData();
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  for (const [name, field] of fields) {
    for (const one of Array.isArray(field) ? field : [field]) {
      if (one instanceof File) form.append(name, one, one.name);
      else if (one instanceof Blob) form.append(name, one);
      else form.append(name, String(one));
    }
  }
  return form;
}
