import type { Operation } from '@flowwire/contract';
import type { ApiSuite, Caller } from '../api.ts';
import type { Answer } from '../wire/answer.ts';
import type { Input } from '../wire/request.ts';

/** A limit above this is not used up. */
const MOST_REQUESTS = 2_000;
const AT_ONCE = 10;

/** Uses a key of its own up, and then tries every operation with it: each must be answered 429 as documented. */
export async function probeLimits(suite: ApiSuite, caller: Caller): Promise<void> {
  const { contract } = suite;
  const skip = (why: string): void =>
    caller.ledger.skip({ api: contract.name, what: '429 of every operation', why });
  const operations = Object.values(contract.operations).filter(isLimited);
  // A request counts whether or not it is valid; one that is valid and reads is the least trouble.
  const cheap = operations.find(isPlainRead) ?? operations[0];
  if (!cheap) return skip('no operation has a limit');
  const key = await caller.keys.fresh();
  if (key === undefined) return skip('no keys can be made');
  const send = () =>
    caller.call(cheap.operationId, anyInput(cheap), {
      what: 'a request within the limit',
      key,
      acceptsLimit: true,
    });
  const first = await send();
  const limit = Number(first.headers.get('x-ratelimit-limit') ?? Number.NaN);
  if (!(limit <= MOST_REQUESTS)) return skip(`the server says that the limit is ${limit} requests`);
  for (let sent = 1; sent < limit; sent += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, send));
  for (const operation of operations) await tryLimited(caller, operation, key);
}

const isLimited = ({ security, replies }: Operation): boolean =>
  replies['429'] !== undefined && security.some((requirement) => 'bearerKey' in requirement);

const isPlainRead = ({ method, parameters }: Operation): boolean =>
  method === 'GET' && parameters.every(({ required }) => !required);

/** The limit is looked at before the request is read, so that it needs no valid one. */
const anyInput = ({ parameters }: Operation): Input => ({
  path: Object.fromEntries(parameters.filter((one) => one.in === 'path').map(({ name }) => [name, '1'])),
});

async function tryLimited(caller: Caller, operation: Operation, key: string): Promise<void> {
  const { operationId } = operation;
  const what = 'a request beyond the limit';
  const answer = await caller.call(operationId, anyInput(operation), {
    what,
    key,
    acceptsLimit: true,
    expect: { status: 429 },
  });
  for (const fault of headerFaults(answer))
    caller.ledger.note({ api: caller.contract.name, operationId, what, fault });
}

const HEADERS: readonly (readonly [name: string, form: RegExp])[] = [
  ['retry-after', /^\d+$/],
  ['x-ratelimit-limit', /^\d+$/],
  ['x-ratelimit-remaining', /^0$/],
  ['x-ratelimit-reset', /^\d{10}$/],
  ['ratelimit', /^"[^"]+";r=0;t=\d+$/],
  ['ratelimit-policy', /^"[^"]+";q=\d+;w=\d+$/],
];

const headerFaults = ({ headers }: Answer): readonly string[] =>
  HEADERS.flatMap(([name, form]) => {
    const value = headers.get(name);
    return value !== null && form.test(value) ? [] : [`the header ${name} is ${value ?? 'missing'}`];
  });
