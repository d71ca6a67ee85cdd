import { createHmac } from 'node:crypto';
import { interpolate, renderText } from '../../definition/references.ts';
import type { WebhookChannel } from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import { isBase64 } from '../http/body.ts';
import { type HeaderFields, invalidRequest, setHeader } from '../http/headers.ts';
import { statusError } from '../http/outcome.ts';
import { DEFAULT_MAX_RESPONSE_BYTES } from '../http/sender.ts';
import type { NodeContext } from '../node-type.ts';

/**
 * Posts JSON and answers the message's id. The receiver must answer 2xx: a redirect would lose the body or
 * the signature on its way. Throws NodeError, or the signal's reason.
 */
export async function sendWebhook(channel: WebhookChannel, context: NodeContext): Promise<string> {
  const { tenantId, scope, services, signal, idempotencyKey: id } = context;
  const body = JSON.stringify(interpolate(channel.body, scope));
  const headers: HeaderFields = new Map([
    ['content-type', 'application/json'],
    ['idempotency-key', id],
  ]);
  for (const [name, text] of Object.entries(channel.headers ?? {}))
    setHeader(headers, name, renderText(text, scope));
  if (channel.signing_secret !== undefined) {
    sign(headers, { id, now: services.clock.now(), body, secret: renderText(channel.signing_secret, scope) });
  }
  const request = {
    tenantId,
    method: 'POST',
    url: renderText(channel.url, scope),
    headers: Object.fromEntries(headers),
    body,
    maxResponseBytes: DEFAULT_MAX_RESPONSE_BYTES,
    maxRedirects: 0,
  } as const;
  const response = await services.http.send(request, signal);
  if (response.status >= 400) throw statusError(response, services.clock.now());
  if (response.status < 300) return id;
  throw new NodeError(
    `the webhook answered ${response.status}; it must answer 2xx, redirects are not followed`,
    {
      code: 'http_status',
    },
  );
}

interface Signed {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly body: string;
  readonly secret: string;
}

/** As the Standard Webhooks specification 1.0 has it: HMAC-SHA256 of `id.timestamp.body`. */
function sign(headers: HeaderFields, { id, now, body, secret }: Signed): void {
  const timestamp = String(Math.floor(now / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  setHeader(headers, 'webhook-id', id);
  setHeader(headers, 'webhook-timestamp', timestamp);
  setHeader(headers, 'webhook-signature', `v1,${signature}`);
}

/** After `whsec_` the key is base64; any other secret is the key itself. */
function keyOf(secret: string): Uint8Array {
  const [, encoded] = /^whsec_(.*)$/s.exec(secret) ?? [];
  if (encoded !== undefined && !isBase64(encoded))
    throw invalidRequest('a signing_secret is base64 after whsec_');
  const key = encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, 'base64');
  // Anybody could sign with no key at all.
  if (key.length === 0) throw invalidRequest('the signing_secret is empty');
  return key;
}
