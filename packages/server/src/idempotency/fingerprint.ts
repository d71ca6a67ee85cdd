import { createHash } from 'node:crypto';
import type { Operation } from '@flowwire/contract';
import type { InterceptedCall } from '@flowwire/koa';
import type { Principal } from '../identity/principal.ts';

/** Names a request by its content: a repeated Idempotency-Key must come with the same. */
export const fingerprint = (...content: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url');

/** What the service is told of a key, for a request with this content that starts a run. */
export const withKey = (key: string | undefined, ...content: readonly unknown[]) =>
  key === undefined ? {} : { idempotency: { key, fingerprint: fingerprint(...content) } };

/**
 * The fingerprint of any request: of its operation, path, query and body, and of who asks, as two apps of a tenant may
 * happen to choose the same key for the same. Headers are none of it, as a client may change them when it tries again.
 * A file counts with its name, media type and bytes, which are read once.
 */
export async function fingerprintOf(
  { method, path: route }: Operation,
  { context, path, query, body }: Pick<InterceptedCall<Principal>, 'context' | 'path' | 'query' | 'body'>,
): Promise<string> {
  return fingerprint(context.appId, method, route, path, query, await withoutBytes(body));
}

/** Files are a whole body, a field of a form, or items of such a field. */
async function withoutBytes(body: unknown): Promise<unknown> {
  if (body instanceof Blob) return digestOf(body);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const fields = Object.entries(body).map(async ([name, value]) => [name, await fieldOf(value)]);
  return Promise.all(fields);
}

const fieldOf = async (value: unknown): Promise<unknown> =>
  Array.isArray(value) ? Promise.all(value.map(withDigest)) : withDigest(value);

const withDigest = async (value: unknown): Promise<unknown> =>
  value instanceof Blob ? digestOf(value) : value;

async function digestOf(file: Blob) {
  const hash = createHash('sha256');
  for await (const chunk of file.stream()) hash.update(chunk);
  const name = file instanceof File ? file.name : '';
  return { name, type: file.type, size: file.size, sha256: hash.digest('base64url') };
}
