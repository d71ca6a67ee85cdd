import { hash, randomBytes } from 'node:crypto';
import { newId } from '@flowwire/engine';
import type { ApiKey, KeyStore } from './key-store.ts';
import type { Permission } from './principal.ts';
import { PERMISSIONS } from './principal.ts';

const PREFIX_LENGTH = 8;
const TOUCH_EVERY_MS = 60_000;

/** What is kept of a secret text, a key's or a login's: SHA-256 in lower-case hex. */
export const hashOf = (text: string): string => hash('sha256', text);

/** 192 random bits in base64url, so that one fast hash is enough to store them safely. */
export const newSecretText = (): string => randomBytes(24).toString('base64url');

export const newKeyText = (): string => `fw_${newSecretText()}`;

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

export const isPermission = (scope: string): scope is Permission =>
  PERMISSIONS.some((known) => known === scope);

/** The permissions that a stored key or app has. */
export const permissionsOf = ({ scopes }: { readonly scopes: readonly string[] }): Permission[] =>
  scopes.filter(isPermission);

/** Whether a key works: it was not revoked and has not expired. */
export const isValid = ({ revokedAt, expiresAt }: ApiKey, now: number): boolean =>
  revokedAt === undefined && (expiresAt === undefined || expiresAt > now);

/** Finds keys that work, and notes that they were used. */
export interface KeyFinder {
  readonly keys: KeyStore;
  readonly now: () => number;
  /** Told when a use cannot be noted, as on a full disk: that locks nobody out. */
  readonly onError: (error: unknown) => void;
}

/** The key of this text; undefined when there is none, or it was revoked or has expired. */
export async function findKey(finder: KeyFinder, text: string): Promise<ApiKey | undefined> {
  return noteUse(finder, await finder.keys.findByHash(hashOf(text)));
}

/** The key of this id, as `findKey`. */
export async function findKeyById(
  finder: KeyFinder,
  tenantId: string,
  keyId: string,
): Promise<ApiKey | undefined> {
  return noteUse(finder, await finder.keys.find(tenantId, keyId));
}

function noteUse({ keys, now, onError }: KeyFinder, key: ApiKey | undefined): ApiKey | undefined {
  const at = now();
  if (!key || !isValid(key, at)) return undefined;
  if ((key.lastUsedAt ?? 0) <= at - TOUCH_EVERY_MS) keys.touch(key, at).catch(onError);
  return key;
}
