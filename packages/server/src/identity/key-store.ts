/** An API key as stored: its text is never kept, only a hash of it. Times are milliseconds since the epoch. */
export interface ApiKey {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  /** The first characters of the key's text, for people to tell keys apart. */
  readonly prefix: string;
  /** SHA-256 of the key's text in lower-case hex. */
  readonly hash: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  /** To the minute; see `touch`. */
  readonly lastUsedAt?: number;
}

export interface KeyStore {
  hasTenant(id: string): Promise<boolean>;
  /** Makes the tenant known; keeps the name of one that is. */

  ensureTenant(id: string, name: string): Promise<void>;
  /** Throws DuplicateError when the id or the hash is taken. The tenant must be known. */
  create(key: ApiKey): Promise<void>;
  /** Revoked and expired keys too: the caller looks at `revokedAt` and `expiresAt`. */
  findByHash(hash: string): Promise<ApiKey | undefined>;
  /** Revoked and expired keys too, as `findByHash`. */
  find(tenantId: string, keyId: string): Promise<ApiKey | undefined>;
  /** Oldest first. */
  list(tenantId: string): Promise<readonly ApiKey[]>;
  /** The key as it now stands, undefined when unknown. A key's first revocation counts. */
  revoke(tenantId: string, keyId: string, at: number): Promise<ApiKey | undefined>;
  /** Notes the use of a key. Writes at most once a minute for each key, whatever its traffic. */
  touch(key: ApiKey, at: number): Promise<void>;
}
