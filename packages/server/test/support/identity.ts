import { join } from 'node:path';
import { createIdentity, isApiError } from '@flowwire/client';
import Database from 'better-sqlite3';
import type { TestServer } from './reference-server.ts';

/** A client of the identity API, with the dev key or another one. */
export const identityOf = (server: TestServer, auth = server.key) =>
  createIdentity({ baseUrl: server.url, auth, maxRetries: 0 });

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** A request without a key, unless `headers` have one. */
export async function send(server: TestServer, method: string, path: string, { headers, body }: Sent = {}) {
  const isJson = body !== undefined && typeof body !== 'string';
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, json };
}

/** Logs in and answers the cookie too, as the header that a browser sends. */
export async function logIn(server: TestServer, key = server.key) {
  const answer = await send(server, 'POST', '/identity/login', { body: { key } });
  const setCookie = answer.headers.get('set-cookie') ?? '';
  return { ...answer, setCookie, cookie: { cookie: setCookie.split(';')[0] ?? '' } };
}

/** What a call that has to be refused was answered. */
export async function refusal(call: Promise<unknown>) {
  const error: unknown = await call.catch((reason: unknown) => reason);
  if (!isApiError(error)) throw new Error('the call was not refused');
  return { status: error.status, body: error.body };
}

/** Makes a key that has ended, which no operation does. */
export async function expiredKey(server: TestServer): Promise<string> {
  const { id, key } = await identityOf(server).createKey({ body: { name: 'old', permissions: ['READ'] } });
  const database = new Database(join(server.dataFolder, 'flowwire.sqlite'));
  database.prepare('UPDATE api_keys SET expires_at = ? WHERE id = ?').run(Date.now(), id);
  database.close();
  return key;
}
