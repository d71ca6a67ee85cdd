import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKey, findKey } from '../identity/keys.ts';
import { createAuditStore } from '../store/audit-store.ts';
import { createKeyStore } from '../store/key-store.ts';
import { openDatabase } from '../store/store.ts';
import { runCli } from './run-cli.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

let folder: string;
/** Passes with each look, so that lists have one order. */
let at = NOW;
beforeEach(async () => {
  at = NOW;
  folder = await mkdtemp(join(tmpdir(), 'flowwire-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

const backend = (lock = true) => ({ kind: 'sqlite' as const, file: join(folder, 'flowwire.sqlite'), lock });

async function run(line: string, environment: Record<string, string> = {}) {
  let [out, err] = ['', ''];
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    now: () => at++,
  };
  const code = await runCli(line.split(' '), { FLOWWIRE_DATA_DIR: folder, ...environment }, io);
  return { code, out, err };
}

const listed = async (what: 'keys' | 'apps', tenant = 'acme') => {
  const { data }: { data: Record<string, unknown>[] } = JSON.parse(
    (await run(`${what} list --tenant ${tenant} --json`)).out,
  );
  return data;
};

async function inStore<T>(work: (stores: ReturnType<typeof storesIn>) => Promise<T>): Promise<T> {
  const database = await openDatabase(backend());
  try {
    return await work(storesIn(database));
  } finally {
    await database.close();
  }
}

const storesIn = (database: Awaited<ReturnType<typeof openDatabase>>) => ({
  keys: createKeyStore(database, () => NOW),
  audit: createAuditStore(database),
});

describe('keys create', () => {
  test('prints the key alone, which then works, and explains it elsewhere', async () => {
    const { code, out, err } = await run('keys create --tenant acme --name ci --create-tenant');
    expect(code).toBe(0);
    expect(out).toMatch(/^fw_[\w-]{32}\n$/);
    expect(err).toContain('tenant acme with READ, WRITE, EXECUTE');
    expect(err).not.toContain(out.trim());
    const key = await inStore(({ keys }) =>
      findKey({ keys, now: () => NOW, onError: () => expect.unreachable() }, out.trim()),
    );
    expect(key).toMatchObject({ tenantId: 'acme', name: 'ci', scopes: ['READ', 'WRITE', 'EXECUTE'] });
  });

  test('gives the permissions and the end that were asked for', async () => {
    await run('keys create --tenant acme --name ci --permissions READ,EXECUTE --expires 30d --create-tenant');
    expect(await listed('keys')).toMatchObject([
      { permissions: ['READ', 'EXECUTE'], expires_at: NOW / 1000 + 30 * 86_400 },
    ]);
  });

  test('needs a tenant that is known, and tells how to make one', async () => {
    expect(await run('keys create --tenant acme --name ci')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('--create-tenant'),
    });
    await run('keys create --tenant acme --name one --create-tenant');
    expect(await run('keys create --tenant acme --name two')).toMatchObject({ code: 0 });
    expect(await run('keys create --tenant acme --name three --create-tenant')).toMatchObject({ code: 0 });
    expect((await listed('keys')).map(({ name }) => name)).toEqual(['one', 'two', 'three']);
  });

  test.each([
    ['--tenant is missing', 'keys create --name ci'],
    ['--name is missing', 'keys create --tenant acme'],
    ['--tenant takes letters', 'keys create --tenant a/b --name ci'],
    ['--permissions must be one of', 'keys create --tenant acme --name ci --permissions READ,ROOT'],
    ['--name', `keys create --tenant acme --name ${'x'.repeat(121)}`],
    ['--expires', 'keys create --tenant acme --name ci --expires never'],
  ])('says %s', async (message, line) => {
    const { code, out, err } = await run(`${line} --create-tenant`);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err).toContain('Usage: flowwire-server keys create');
  });
});

describe('keys list and revoke', () => {
  test('show what became of each key', async () => {
    await run('keys create --tenant acme --name one --create-tenant');
    await run('keys create --tenant acme --name two --expires 30d');
    const [one] = await listed('keys');
    expect(await run(`keys revoke --tenant acme ${one?.id}`)).toMatchObject({
      code: 0,
      out: '',
      err: `Key ${one?.id} is revoked.\n`,
    });
    expect(await run(`keys revoke --tenant acme ${one?.id}`)).toMatchObject({
      code: 0,
      err: expect.stringContaining('already'),
    });
    const { out } = await run('keys list --tenant acme');
    const [head, first, second] = out.split('\n');
    expect(head).toMatch(/^KEY +BEGINS +PERMISSIONS +STATE +LAST USED +NAME$/);
    expect(first).toMatch(/revoked 2026-11-20 12:00 UTC +never +one$/);
    expect(second).toMatch(/until 2026-12-20 12:00 UTC +never +two$/);
  });

  test('show keys that end when no calendar goes on', async () => {
    await run('keys create --tenant acme --name one --create-tenant');
    await inStore(({ keys }) =>
      createKey(keys, 'fw_for-ages', {
        tenantId: 'acme',
        name: 'ages',
        permissions: ['READ'],
        createdAt: NOW,
        expiresAt: Number.MAX_SAFE_INTEGER,
      }),
    );
    const { code, out } = await run('keys list --tenant acme');
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('until +275760-09-13') });
  });

  test('know the keys of the tenant only', async () => {
    await run('keys create --tenant acme --name one --create-tenant');
    await run('keys create --tenant other --name two --create-tenant');
    const [theirs] = await listed('keys', 'other');
    expect(await run(`keys revoke --tenant acme ${theirs?.id}`)).toMatchObject({
      code: 1,
      err: `Tenant acme has no key ${theirs?.id}.\n`,
    });
    expect(await run('keys list --tenant nobody')).toMatchObject({ code: 1 });
  });
});

describe('apps', () => {
  test('are created, listed and deleted', async () => {
    expect(await run('apps create --tenant acme --name desk --id help-desk --create-tenant')).toMatchObject({
      code: 0,
      out: 'help-desk\n',
    });
    expect((await run('apps create --tenant acme --name new --permissions READ')).out).toMatch(/^app_\w+\n$/);
    expect(await listed('apps')).toMatchObject([
      { id: 'help-desk', permissions: ['READ', 'WRITE', 'EXECUTE'] },
      { name: 'new', permissions: ['READ'] },
    ]);
    expect((await run('apps list --tenant acme')).out).toMatch(/^APP +PERMISSIONS +SINCE +NAME\nhelp-desk /);
    expect(await run('apps delete --tenant acme help-desk')).toMatchObject({ code: 0 });
    expect(await run('apps delete --tenant acme help-desk')).toMatchObject({ code: 1 });
  });

  test('do not get an id that is taken or reserved', async () => {
    await run('apps create --tenant other --name desk --id desk --create-tenant');
    expect(await run('apps create --tenant acme --name desk --id desk --create-tenant')).toMatchObject({
      code: 1,
      err: 'The id desk is taken.\n',
    });
    expect(await run('apps create --tenant acme --name desk --id key_1')).toMatchObject({ code: 2 });
    expect(await run('apps create --tenant acme --name desk --id a/b')).toMatchObject({ code: 2 });
  });
});

test('what the command line does is in the audit log', async () => {
  const { out } = await run('keys create --tenant acme --name ci --create-tenant');
  const [key] = await listed('keys');
  await run(`keys revoke --tenant acme ${key?.id}`);
  await run('apps create --tenant acme --name desk --id desk');
  await run('apps delete --tenant acme desk');
  const { items } = await inStore(({ audit }) => audit.list('acme', { limit: 10 }));
  expect(new Set(items.map(({ action, actor, target }) => `${actor} ${action} ${target}`))).toEqual(
    new Set([
      `cli key.created ${key?.id}`,
      `cli key.revoked ${key?.id}`,
      'cli app.created desk',
      'cli app.deleted desk',
    ]),
  );
  expect(JSON.stringify(items)).not.toContain(out.trim());
});

test('a store that a server has open is left alone, with a word about what to do', async () => {
  const server = await openDatabase(backend());
  expect(await run('keys list --tenant acme')).toMatchObject({
    code: 1,
    err: expect.stringContaining('identity API'),
  });
  await server.close();
});

test('settings that cannot be used are told', async () => {
  expect(await run('keys list --tenant acme', { PORT: 'x' })).toMatchObject({
    code: 1,
    err: expect.stringContaining('PORT'),
  });
});

describe('help', () => {
  test.each(['keys --help', 'apps --help', 'keys create --help', 'apps delete --help'])(
    'is printed by %s',
    async (line) => {
      const { code, out, err } = await run(line);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(`flowwire-server ${line.replace(' --help', '')}`);
    },
  );

  test.each(['keys', 'keys make', 'apps revoke'])('is what %s gets, as a fault', async (line) => {
    const { code, out, err } = await run(line);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage:');
  });
});
