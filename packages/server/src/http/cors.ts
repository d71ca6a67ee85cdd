import { addHeaders } from '@flowwire/koa';

/** What is used here of Koa's context: only the composition imports Koa. */
interface CorsContext {
  readonly method: string;
  readonly response: { get(field: string): string | undefined };
  get(field: string): string;
}

/** Other headers than those that every page may send. */
const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'Last-Event-ID',
  'X-Request-ID',
  'x-consumer-username',
].join(', ');

/** Other headers than those that every page may read. */
const EXPOSED = [
  'Content-Disposition',
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Cache',
  'X-Execution-Id',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Request-ID',
  'X-Total-Count',
].join(', ');

/** How long a browser may keep the answer to a preflight; Chromium keeps none for longer. */
const MAX_AGE_S = 7_200;

/** Answers to some origins differ from those to others, which caches have to know. */
const VARIES = { Vary: 'Origin' };

/**
 * Lets pages of other origins send requests and read answers (Fetch, section "CORS protocol"). Pages of a listed
 * origin may send cookies; where the list is `*`, every page may come, and none with cookies. What it adds is applied
 * by the middleware before it, `securityHeaders`.
 *
 * @param origins as browsers send them: `https://app.example.com`, or `*` alone
 */
export function allowOrigins(origins: readonly string[]) {
  const headersFor = origins.includes('*') ? () => forAll : forListed(new Set(origins));

  return async (ctx: CorsContext, next: () => Promise<unknown>): Promise<void> => {
    const headers = headersFor(ctx.get('Origin'));
    addHeaders(ctx, headers ?? VARIES);
    await next();
    if (!headers || ctx.method !== 'OPTIONS' || ctx.get('Access-Control-Request-Method') === '') return;
    // What the path takes has been answered by its API, as to every OPTIONS.
    const methods = ctx.response.get('Allow');
    if (methods === undefined) return;
    addHeaders(ctx, {
      'Access-Control-Allow-Methods': methods,
      'Access-Control-Allow-Headers': ALLOWED,
      'Access-Control-Max-Age': String(MAX_AGE_S),
    });
  };
}

type Headers = Readonly<Record<string, string>>;

const forAll: Headers = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED,
};

/** What a page of this origin is told; undefined for one that is not listed. */
const forListed =
  (listed: ReadonlySet<string>) =>
  (origin: string): Headers | undefined =>
    listed.has(origin)
      ? {
          ...VARIES,
          'Access-Control-Allow-Origin': origin,
          'Access-Control-Allow-Credentials': 'true',
          'Access-Control-Expose-Headers': EXPOSED,
        }
      : undefined;
