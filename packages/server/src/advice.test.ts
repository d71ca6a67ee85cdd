import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { explain } from './advice.ts';
import { readSettings } from './settings.ts';
import { findPostgres } from './store/laws/backends.ts';
import { openDatabase } from './store/store.ts';

/** What is said when a database cannot be opened. */
const failureOf = (url: string) =>
  openDatabase({ kind: 'postgres', url }).then(() => expect.unreachable('the database was opened'), explain);

const found = await findPostgres();

describe.skipIf('missing' in found)('a DATABASE_URL that PostgreSQL does not take', () => {
  const changed = (change: Partial<Pick<URL, 'username' | 'pathname'>>) =>
    Object.assign(new URL('url' in found ? found.url : ''), change).href;

  test('of a database that does not exist', async () => {
    expect(await failureOf(changed({ pathname: '/flowwire_none' }))).toBe(
      'database "flowwire_none" does not exist\nCheck DATABASE_URL: that database does not exist.',
    );
  });

  test('of a user that does not exist', async () => {
    expect(await failureOf(changed({ username: 'flowwire_none' }))).toMatch(
      /^.*flowwire_none.*\nCheck the user and password of DATABASE_URL/,
    );
  });
});

describe('a PostgreSQL that asks for a password', () => {
  let close: () => void = () => {};
  afterEach(() => close());

  /** Answers the n-th message of a client with the n-th of these (PostgreSQL, 55.7). */
  async function answering(...messages: readonly Buffer[]): Promise<string> {
    const server = createServer((socket: Socket) => {
      const left = [...messages];
      socket.on('data', () => void (left.length > 0 && socket.write(left.shift() ?? '')));
      socket.on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    close = () => server.close();
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `postgres://user@127.0.0.1:${address.port}/test`;
  }

  const message = (type: string, body: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(type), length, body]);
  };
  const authentication = (kind: number, text: string) =>
    message('R', Buffer.concat([Buffer.from([0, 0, 0, kind]), Buffer.from(text)]));

  test('and is given a wrong one', async () => {
    const refusal = 'SFATAL\0C28P01\0Mpassword authentication failed for user "user"\0\0';
    expect(await failureOf(await answering(message('E', Buffer.from(refusal))))).toMatch(
      /^password authentication failed.*\nCheck the user and password of DATABASE_URL/,
    );
  });

  test('and is given none', async () => {
    const url = await answering(
      authentication(10, 'SCRAM-SHA-256\0\0'),
      authentication(11, 'r=x,s=eA==,i=1'),
    );
    expect(await failureOf(url)).toMatch(/password must be a string\nCheck the user and password/);
  });
});

test('an address where nothing listens, and a host that is unknown', async () => {
  expect(await failureOf('postgres://user@127.0.0.1:1/test')).toMatch(/\nCheck DATABASE_URL: no PostgreSQL/);
  expect(await failureOf('postgres://user@flowwire.invalid/test')).toMatch(/\n.*the host of DATABASE_URL/);
});

test('a setting that cannot be used says so itself', () => {
  try {
    readSettings({ PORT: 'x' });
    expect.unreachable();
  } catch (error) {
    expect(explain(error)).toMatch(/^The settings have faults:\n- PORT must be/);
  }
});

test('anything else is told with its stack', () => {
  expect(explain(new TypeError('a fault of ours'))).toMatch(/^TypeError: a fault of ours\n +at /);
  expect(explain('thrown as text')).toBe('thrown as text');
});
