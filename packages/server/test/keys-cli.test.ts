import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createIdentity } from '@flowwire/client';
import { afterAll, describe, expect, test } from 'vitest';
import { dropSchema, findPostgres } from '../src/store/laws/backends.ts';
import { BUNDLE, dataFolder, openTestServer } from './support/reference-server.ts';

const TIMEOUT_MS = 30_000;

/** The built program in a process of its own, as a person runs it. */
const flowwireServer = (args: readonly string[], environment: Readonly<Record<string, string>>) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      ['--enable-source-maps', BUNDLE, ...args],
      { env: { PATH: process.env.PATH ?? '', ...environment }, timeout: TIMEOUT_MS },
      (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });

const CREATE = ['keys', 'create', '--tenant', 'acme', '--name', 'ci', '--create-tenant'];

describe('the program', { timeout: TIMEOUT_MS }, () => {
  test('makes a key before the first start, which the server then takes', async () => {
    const folder = await dataFolder();
    const environment = { FLOWWIRE_DATA_DIR: folder.path };
    const made = await flowwireServer(CREATE, environment);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^fw_[\w-]{32}\n$/) });
    const server = await openTestServer(environment);
    const api = createIdentity({ baseUrl: server.url, auth: made.stdout.trim(), maxRetries: 0 });
    expect(await api.getPrincipal()).toMatchObject({ tenant_id: 'acme' });
    const refused = await flowwireServer(['keys', 'list', '--tenant', 'acme'], environment);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('identity API') });
    await server.close();
    const listed = await flowwireServer(['keys', 'list', '--tenant', 'acme', '--json'], environment);
    expect(JSON.parse(listed.stdout)).toMatchObject({ data: [{ name: 'ci' }] });
    await folder.remove();
  });

  test('ends with 2 for what it does not understand', async () => {
    expect(await flowwireServer(['keys', 'make'], {})).toMatchObject({ code: 2, stdout: '' });
    expect(await flowwireServer(['key'], {})).toMatchObject({ code: 2, stdout: '' });
    expect(await flowwireServer(['--help'], {})).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('keys create'),
    });
  });

  test('says what to do where there is no database', async () => {
    const environment = { DATABASE_URL: 'postgres://127.0.0.1:1/none' };
    expect(await flowwireServer(CREATE, environment)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Check DATABASE_URL'),
    });
  });
});

const postgres = await findPostgres();

describe.skipIf('missing' in postgres)('on PostgreSQL', { timeout: TIMEOUT_MS }, () => {
  const schema = `cli_${process.pid}_${randomBytes(4).toString('hex')}`;
  const url = 'url' in postgres ? postgres.url : '';
  const environment = { DATABASE_URL: url, DATABASE_SCHEMA: schema };
  afterAll(() => dropSchema(url, schema));

  test('the program works while the server runs, which takes its keys and ends its logins', async () => {
    const server = await openTestServer(environment);
    const { stdout } = await flowwireServer(CREATE, environment);
    const api = createIdentity({ baseUrl: server.url, auth: stdout.trim(), maxRetries: 0 });
    const { key_id } = await api.getPrincipal();
    const login = await fetch(`${server.url}/identity/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: stdout.trim() }),
    });
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const me = async () => (await fetch(`${server.url}/identity/me`, { headers: { cookie } })).status;
    expect(await me()).toBe(200);
    expect(await flowwireServer(['keys', 'revoke', '--tenant', 'acme', key_id], environment)).toMatchObject({
      code: 0,
    });
    expect(await me()).toBe(401);
    await server.close();
  });
});
