import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SecretKeyMismatchError } from '../secret-store.ts';
import type { OpenedTables, OpenTables } from './backends.ts';
import { unique } from './fixtures.ts';

/** What stands in the table of secrets, and who can read it. */
export function sealedSecretLaws(open: OpenTables) {
  let opened: OpenedTables;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.store.close());

  const rowsOf = (tenantId: string) =>
    opened.database.knex('secrets').where('tenant_id', tenantId).orderBy('name');

  test('the table has no value in it, and the same value twice looks different', async () => {
    const tenantId = unique('tenant');
    for (const name of ['a', 'b']) await opened.store.secrets.set(tenantId, name, 'open sesame', 1);
    const rows = await rowsOf(tenantId);
    expect(JSON.stringify(rows)).not.toContain('sesame');
    expect(JSON.stringify(rows)).not.toContain(Buffer.from('open sesame').toString('base64').slice(0, 12));
    expect(rows[0].ciphertext).not.toBe(rows[1].ciphertext);
    expect(rows[0].nonce).not.toBe(rows[1].nonce);
  });

  test('another key opens the store but no secret, and the error names the setting, not the value', async () => {
    const tenantId = unique('tenant');
    await opened.store.secrets.set(tenantId, 'api_key', 'open sesame', 1);
    const other = await open({ secretKey: randomBytes(32) });
    expect(await other.store.secrets.list(tenantId)).toHaveLength(1);
    expect(await other.store.secrets.read(tenantId, ['unknown'])).toEqual(new Map());
    const refused = other.store.secrets.read(tenantId, ['api_key']);
    await expect(refused).rejects.toBeInstanceOf(SecretKeyMismatchError);
    await expect(refused).rejects.toThrow(/"api_key".*FLOWWIRE_SECRET_KEY/);
    await expect(refused).rejects.not.toThrow(/sesame/);
    await other.store.secrets.set(tenantId, 'api_key', 'new', 2);
    expect(await other.store.secrets.read(tenantId, ['api_key'])).toEqual(new Map([['api_key', 'new']]));
    await other.store.close();
  });

  test.each([
    ['tenant_id', unique('tenant')],
    ['name', 'b'],
    ['tag', randomBytes(16).toString('base64')],
    ['tag', randomBytes(4).toString('base64')],
    ['nonce', ''],
  ])('a row whose %s was changed to "%s" does not open', async (column, value) => {
    const tenantId = unique('tenant');
    await opened.store.secrets.set(tenantId, 'a', 'open sesame', 1);
    await rowsOf(tenantId).update({ [column]: value });
    const reader = column === 'tenant_id' ? value : tenantId;
    await expect(opened.store.secrets.read(reader, ['a', 'b'])).rejects.toBeInstanceOf(
      SecretKeyMismatchError,
    );
  });
}
