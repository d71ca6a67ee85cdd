import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretStore } from '@flowwire/engine';
import type { Database } from './database.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;

interface Sealed {
  readonly ciphertext: string;
  readonly nonce: string;
  readonly tag: string;
}

type SecretRow = Sealed & { readonly name: string };

const SELECT = 'SELECT name, ciphertext, nonce, tag FROM secrets WHERE tenant_id = ?';

const UPSERT = `
  INSERT INTO secrets (tenant_id, name, ciphertext, nonce, tag, updated_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant_id, name) DO UPDATE SET
    ciphertext = excluded.ciphertext, nonce = excluded.nonce, tag = excluded.tag,
    updated_at = excluded.updated_at`;

const LIST = 'SELECT name, updated_at FROM secrets WHERE tenant_id = ?';

const DELETE = 'DELETE FROM secrets WHERE tenant_id = ? AND name = ? RETURNING name';

/** A kept secret that this server's key does not open. */
export class SecretKeyMismatchError extends Error {
  override readonly name = 'SecretKeyMismatchError';
  constructor(secret: string, cause: unknown) {
    super(
      `the secret "${secret}" was kept with another key: set FLOWWIRE_SECRET_KEY to the key of the server ` +
        'that kept it, or set the secret again',
      { cause },
    );
  }
}

/** Secrets encrypted with AES-256-GCM. `read` throws SecretKeyMismatchError. */
export function createSecretStore(database: Database, key: Buffer): SecretStore {
  return {
    async read(tenantId, names) {
      const { rows } = await database.query<SecretRow>(SELECT, [tenantId]);
      const asked = rows.filter(({ name }) => names.includes(name));
      return new Map(asked.map((row) => [row.name, unseal(key, tenantId, row.name, row)]));
    },

    async set(tenantId, name, value, now) {
      const { ciphertext, nonce, tag } = seal(key, tenantId, name, value);
      await database.query(UPSERT, [tenantId, name, ciphertext, nonce, tag, now]);
    },

    async list(tenantId) {
      const { rows } = await database.query<{ name: string; updated_at: number }>(LIST, [tenantId]);
      return rows
        .map(({ name, updated_at }) => ({ name, updatedAt: updated_at }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async delete(tenantId, name) {
      const { rows } = await database.query(DELETE, [tenantId, name]);
      return rows.length > 0;
    },
  };
}

/** What the ciphertext is bound to: moved to another tenant or name, it does not open. */
const placeOf = (tenantId: string, name: string) => Buffer.from(JSON.stringify([tenantId, name]));

function seal(key: Buffer, tenantId: string, name: string, value: string): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(placeOf(tenantId, name));
  const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return {
    ciphertext: ciphertext.toString('base64'),
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

function unseal(key: Buffer, tenantId: string, name: string, sealed: Sealed): string {
  const bytes = (text: string) => Buffer.from(text, 'base64');
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes(sealed.nonce), { authTagLength: 16 })
      .setAAD(placeOf(tenantId, name))
      .setAuthTag(bytes(sealed.tag));
    return Buffer.concat([decipher.update(bytes(sealed.ciphertext)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new SecretKeyMismatchError(name, cause);
  }
}
