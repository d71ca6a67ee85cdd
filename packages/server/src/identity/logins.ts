import type { ApiKey } from './key-store.ts';
import { hashOf, newSecretText } from './keys.ts';
import type { LoginStore } from './login-store.ts';

/** A login as its cookie carries it. The text is not kept anywhere. */
export interface OpenedLogin {
  readonly text: string;
  /** Milliseconds since the epoch: after `loginMs`, or with the key, whichever comes first. */
  readonly expiresAt: number;
}

/** Logs in with a key that works. Logins that have expired are deleted in passing. */
export async function openLogin(
  logins: LoginStore,
  key: ApiKey,
  { now, loginMs }: { readonly now: number; readonly loginMs: number },
): Promise<OpenedLogin> {
  await logins.prune(now);
  const text = newSecretText();
  const expiresAt = Math.min(now + loginMs, key.expiresAt ?? Number.POSITIVE_INFINITY);
  await logins.create({
    hash: hashOf(text),
    tenantId: key.tenantId,
    keyId: key.id,
    createdAt: now,
    expiresAt,
  });
  return { text, expiresAt };
}
