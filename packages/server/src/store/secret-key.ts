import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const KEY_BYTES = 32;

/** Thrown for a key that is none. The message says where it stands, never what stands there. */
export class SecretKeyError extends Error {
  override readonly name = 'SecretKeyError';
}

/**
 * The key that secrets are encrypted with: the setting FLOWWIRE_SECRET_KEY, 32 bytes as 64 hexadecimal digits
 * or in base64, else that of the file `secret.key` in the data folder, which is made at the first start. Servers
 * that share a database need the same key, and so the setting.
 */
export async function loadSecretKey(dataDir: string, setting: string | undefined): Promise<Buffer> {
  if (setting !== undefined) return parseKey(setting, 'FLOWWIRE_SECRET_KEY');
  const file = join(dataDir, 'secret.key');
  return parseKey((await readKey(file)) ?? (await createKey(dataDir, file)), file);
}

function parseKey(text: string, where: string): Buffer {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : fromBase64(trimmed);
  if (key?.length === KEY_BYTES) return key;
  throw new SecretKeyError(`${where} is to hold 32 bytes, as 64 hexadecimal digits or in base64`);
}

const fromBase64 = (text: string) =>
  /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;

async function readKey(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Written whole under another name and then linked, so that nobody ever reads half a key or replaces one. */
async function createKey(dataDir: string, file: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString('hex')}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  });
  try {
    await link(draft, file);
  } catch (error) {
    // Another server was first: its key is the key.
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  return await readFile(file, 'utf8');
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
