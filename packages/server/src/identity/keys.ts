import { hash, randomBytes } from 'node:crypto';
import { newId } from '@flowwire/engine';
import type { ApiKey, KeyStore } from './key-store.ts';
import type { Permission, Principal } from './principal.ts';
import { PERMISSIONS } from './principal.ts';

const PREFIX_LENGTH = 8;
const TOUCH_EVERY_MS = 60_000;

const hashOf = (text: string): string => hash('sha256', text);

/** A new key's text: 192 random bits, so that one fast hash is enough to store it safely. */
export const newKeyText = (): string => `fw_${randomBytes(24).toString('base64url')}`;

export interface NewKey {
  readonly tenantId: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly createdAt: number;
  readonly expiresAt?: number;
}

/** Stores a key by its hash. Throws DuplicateError when that text is a key already. */
export async function createKey(keys: KeyStore, text: string, key: NewKey): Promise<ApiKey> {
  const stored: ApiKey = {
    id: newId('key', key.createdAt),
    tenantId: key.tenantId,
    name: key.name,
    prefix: text.slice(0, PREFIX_LENGTH),
    hash: hashOf(text),
    scopes: [...key.permissions],
    createdAt: key.createdAt,
    ...(key.expiresAt === undefined ? {} : { expiresAt: key.expiresAt }),
  };
  await keys.create(stored);
  return stored;
}

/** Whether this text is a key, revoked and expired ones included. */
export const isKnownKey = async (keys: KeyStore, text: string): Promise<boolean> =>
  (await keys.findByHash(hashOf(text))) !== undefined;

const isPermission = (scope: string): scope is Permission => PERMISSIONS.some((known) => known === scope);

export const permissionsOf = (key: ApiKey): Permission[] => key.scopes.filter(isPermission);

/**
 * Whose key this text is; undefined when it is none, or revoked, or expired. That its use cannot be noted, as
 * on a full disk, is told to `onError` and locks nobody out.
 */
export async function principalOf(
  keys: KeyStore,
  text: string,
  now: number,
  onError: (error: unknown) => void,
): Promise<Principal | undefined> {
  const key = await keys.findByHash(hashOf(text));
  if (!key || key.revokedAt !== undefined) return undefined;
  if (key.expiresAt !== undefined && key.expiresAt <= now) return undefined;
  if ((key.lastUsedAt ?? 0) <= now - TOUCH_EVERY_MS) keys.touch(key, now).catch(onError);
  return { tenantId: key.tenantId, keyId: key.id, permissions: permissionsOf(key) };
}
