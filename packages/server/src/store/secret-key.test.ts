import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSecretKey, SecretKeyError } from './secret-key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowwire-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

const key = randomBytes(32);

describe('the setting', () => {
  test.each([
    ['hexadecimal digits', key.toString('hex')],
    ['hexadecimal digits in upper case', key.toString('hex').toUpperCase()],
    ['base64', key.toString('base64')],
    ['base64 for URLs', key.toString('base64url')],
    ['a text with a line end', `${key.toString('base64')}\n`],
  ])('may be 32 bytes as %s', async (_, setting) => {
    expect(await loadSecretKey(folder, setting)).toEqual(key);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    '',
    'open sesame',
    key.toString('hex').slice(1),
    key.toString('base64').slice(4),
    `${key.toString('hex')}00`,
    'ü'.repeat(32),
  ])('"%s" is refused by the name of the setting, without its value', async (setting) => {
    const refused = loadSecretKey(folder, setting);
    await expect(refused).rejects.toBeInstanceOf(SecretKeyError);
    await expect(refused).rejects.toThrow(/^FLOWWIRE_SECRET_KEY is to hold 32 bytes/);
    if (setting) await expect(refused).rejects.not.toThrow(setting);
  });
});

describe('the file', () => {
  test('is made once, for its owner alone', async () => {
    const dataDir = join(folder, 'new', 'data');
    const made = await loadSecretKey(dataDir, undefined);
    expect(made).toHaveLength(32);
    expect(await readdir(dataDir)).toEqual(['secret.key']);
    expect((await stat(join(dataDir, 'secret.key'))).mode & 0o777).toBe(0o600);
    expect(await loadSecretKey(dataDir, undefined)).toEqual(made);
  });

  test('is one key for servers that start together', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => loadSecretKey(folder, undefined)));
    expect(new Set(keys.map((each) => each.toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['secret.key']);
  });

  test('that holds no key is refused by its name and left as it is', async () => {
    const file = join(folder, 'secret.key');
    await writeFile(file, 'cut off');
    await expect(loadSecretKey(folder, undefined)).rejects.toThrow(`${file} is to hold 32 bytes`);
    expect(await readFile(file, 'utf8')).toBe('cut off');
  });
});
