import type { Caller } from '@flowwire/koa';
import type { App, AppStore } from './app-store.ts';
import { isAppId, registerApp } from './apps.ts';
import { crossSiteOrigin } from './cross-site.ts';
import { isLoopbackAddress, isLoopbackHost } from './loopback.ts';

export interface ConsumerDeps {
  readonly apps: AppStore;
  readonly now: () => number;
  /** Whether the peer of a socket is a proxy that checks callers and sets the header itself. */
  readonly isTrustedProxy: (remoteAddress: string) => boolean;
  /** Where apps go that are first seen from loopback; undefined in production, where loopback proves nothing. */
  readonly developmentTenant: string | undefined;
  /** Origins whose pages may name apps from loopback, beside the server's own. */
  readonly allowedOrigins: readonly string[];
}

const SPELLINGS = ['x-consumer-username', 'x_consumer_username'] as const;

/** What proxies add on their way. */
const FORWARDING = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
] as const;

/**
 * The app that the consumer header names; undefined where the header proves nothing, or there is no such app. A
 * trusted proxy names registered apps. A program on this machine may name any during development.
 */
export async function findConsumer(
  { apps, now, isTrustedProxy, developmentTenant, allowedOrigins }: ConsumerDeps,
  header: string,
  caller: Caller,
): Promise<App | undefined> {
  const { remoteAddress } = caller;
  const id = decodeHeader(header);
  if (remoteAddress === undefined || id === undefined || !isAppId(id) || isNamedTwice(caller))
    return undefined;
  if (isTrustedProxy(remoteAddress)) return apps.find(id);
  if (developmentTenant === undefined || !isFromThisMachine(remoteAddress, caller, allowedOrigins))
    return undefined;
  const known = await apps.find(id);
  if (known) return known;
  const app = await registerApp(apps, { id, tenantId: developmentTenant, name: id, createdAt: now() });
  // Another request was first.
  return app ?? apps.find(id);
}

/** Whether each spelling names another app: a gateway that sets one of them may let the other through as it came. */
const isNamedTwice = ({ headers }: Caller): boolean =>
  new Set(SPELLINGS.flatMap((name) => headers[name] ?? [])).size > 1;

/**
 * Whether a program on this machine speaks for itself: not a proxy that forwards for others, and not a web page in a
 * browser of this machine, be it one of another site or one that was made to find this address (DNS rebinding), whose
 * `Host` is a name of its own.
 */
function isFromThisMachine(
  remoteAddress: string,
  caller: Caller,
  allowedOrigins: readonly string[],
): boolean {
  const { headers } = caller;
  if (!isLoopbackAddress(remoteAddress)) return false;
  if (FORWARDING.some((name) => headers[name] !== undefined)) return false;
  if (crossSiteOrigin(caller, allowedOrigins) !== undefined) return false;
  const host = `http://${headers.host ?? ''}`;
  return URL.canParse(host) && isLoopbackHost(new URL(host).hostname);
}

/** A header's text is a character for each byte; ids are UTF-8. Undefined when the bytes are none. */
function decodeHeader(header: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    return undefined;
  }
}
