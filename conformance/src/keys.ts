import type { Target } from './target.ts';

const PERMISSIONS = ['READ', 'WRITE', 'EXECUTE', 'ADMIN'] as const;
type Permission = (typeof PERMISSIONS)[number];

/** The keys that requests are sent with. */
export interface Keys {
  /** A key that may do everything. */
  main(): string;
  /** Takes another main key when few requests are left of its window. What was made for the old one may not fit it. */
  renew(): Promise<void>;
  /** A key that may do everything but this; undefined where the server makes no keys for us. */
  without(scopes: readonly string[]): Promise<string | undefined>;
  /** A new key with all permissions, for what uses one up; undefined where the server makes none. */
  fresh(): Promise<string | undefined>;
  /** Another tenant's key, if one was given. */
  readonly other: string | undefined;
  /** Told of what an answer says is left. */
  observe(key: string, headers: Headers): void;
  /** Revokes what was made. */
  close(): Promise<void>;
}

/** More than any one story needs, of which each begins with as many left. */
const FEW = 40;

interface Made {
  readonly id: string;
  readonly key: string;
}

/** Keys made through the identity API, where the given one may make them. */
export function createKeys(target: Target, given: string, other: string | undefined): Keys {
  const made: Made[] = [];
  const limited = new Map<string, string>();
  let main = given;
  // So that the first story begins with a key of its own: the given one may be nearly used up.
  let remaining = 0;

  async function make(permissions: readonly Permission[]): Promise<string | undefined> {
    const answer = await target.send({
      method: 'POST',
      target: '/identity/keys',
      headers: { Authorization: `Bearer ${given}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'conformance', permissions }),
    });
    const { id, key } = isObject(answer.json) ? answer.json : {};
    if (answer.status !== 201 || typeof id !== 'string' || typeof key !== 'string') return undefined;
    made.push({ id, key });
    return key;
  }

  return {
    main: () => main,
    other,
    fresh: () => make(['ADMIN']),

    async without(scopes) {
      const left = PERMISSIONS.filter((one) => one !== 'ADMIN' && !scopes.includes(one));
      if (left.length === 0) return undefined;
      const name = left.join(' ');
      const key = limited.get(name) ?? (await make(left));
      if (key !== undefined) limited.set(name, key);
      return key;
    },

    observe(key, headers) {
      const left = headers.get('x-ratelimit-remaining');
      if (key === main && left !== null) remaining = Number(left);
    },

    async renew() {
      if (remaining > FEW) return;
      main = (await make(['ADMIN'])) ?? main;
      remaining = Number.POSITIVE_INFINITY;
    },

    async close() {
      for (const { id } of made) {
        await target.send({
          method: 'DELETE',
          target: `/identity/keys/${encodeURIComponent(id)}`,
          headers: { Authorization: `Bearer ${given}` },
        });
      }
    },
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
