import type { ApiKey, KeyStore } from './key-store.ts';

const TTL_MS = 1_000;
const MAX_KEYS = 10_000;

/**
 * Remembers keys that were found for a second, so that a busy key costs no look-up for each request. A key
 * that this process revokes stops working at once, on other processes within that second.
 */
export function cacheKeys(keys: KeyStore, now: () => number): KeyStore {
  const found = new Map<string, { readonly key: ApiKey; readonly until: number }>();
  /** How many keys were revoked here. What was looked up meanwhile may be a key as it was before. */
  let revocations = 0;

  return {
    ...keys,
    async findByHash(hash) {
      const known = found.get(hash);
      if (known && known.until > now()) return known.key;
      found.delete(hash);
      const before = revocations;
      const key = await keys.findByHash(hash);
      if (!key || revocations !== before) return key;
      const [oldest] = found.keys();
      if (found.size >= MAX_KEYS && oldest !== undefined) found.delete(oldest);
      found.set(hash, { key, until: now() + TTL_MS });
      return key;
    },
    async touch(key, at) {
      await keys.touch(key, at);
      found.delete(key.hash);
    },
    async revoke(tenantId, keyId, at) {
      const revoked = await keys.revoke(tenantId, keyId, at);
      revocations += 1;
      if (revoked) found.delete(revoked.hash);
      return revoked;
    },
  };
}
