import type { OperationModel } from '@flowwire/codegen';
import type { Operation } from '@flowwire/contract';
import type { ApiSuite, Caller, CallOptions, Outcome } from '../api.ts';
import { successOf } from '../caller.ts';
import type { Answer } from '../wire/answer.ts';
import { type Input, RawBody } from '../wire/request.ts';
import { mutationsOf } from './mutations.ts';
import { createSchemas, isObject } from './schema.ts';

/** An operation with a way to make valid requests of it. */
interface Subject {
  readonly suite: ApiSuite;
  readonly caller: Caller;
  readonly operation: Operation;
  readonly model: OperationModel;
  readonly valid: () => Promise<Input>;
}

type Probe = (subject: Subject) => Promise<void>;

const LONGER_THAN_ANY_BODY = 2 * 1024 * 1024;

/** Tries everything about one operation that its document alone says. */
export async function probe(subject: Subject): Promise<void> {
  for (const one of PROBES) await one(subject);
}

const takesKey = ({ security }: Operation): boolean =>
  security.some((requirement) => 'bearerKey' in requirement);

const declares = ({ replies }: Operation, status: number): boolean => replies[status] !== undefined;

/** What a request that breaks the document is answered: a status of its own, or a code where those are answered 200. */
export function invalidOutcome({ replies }: Operation): Outcome {
  const statuses = [400, 422].filter((status) => replies[status] !== undefined);
  if (statuses.length > 0) return { status: statuses };
  return { status: 200, code: [...(replies['200']?.errorCodes ?? [])] };
}

async function success({ caller, operation, valid }: Subject): Promise<void> {
  await caller.call(operation.operationId, await valid(), {
    expect: { ...successOf(operation), code: null },
  });
}

async function credentials({ caller, operation, valid }: Subject): Promise<void> {
  if (!takesKey(operation) || !declares(operation, 401)) return;
  const input = await valid();
  const send = (what: string, options: CallOptions) =>
    caller.call(operation.operationId, input, { what, ...options });
  await send('no credentials', { key: null, expect: { status: 401 } });
  await send('a key that nobody has', { key: 'fw_no-such-key-00000000000000', expect: { status: 401 } });
}

async function permission({ caller, operation, valid }: Subject): Promise<void> {
  const scopes = operation.security.flatMap((requirement) => Object.values(requirement).flat());
  if (scopes.length === 0 || !declares(operation, 403)) return;
  const key = await caller.keys.without(scopes);
  const { operationId } = operation;
  if (key === undefined) {
    caller.ledger.skip({
      api: caller.contract.name,
      what: `${operationId}: 403`,
      why: 'no keys can be made',
    });
    return;
  }
  const what = `a key without ${[...new Set(scopes)].join(', ')}`;
  await caller.call(operationId, await valid(), { what, key, expect: { status: 403 } });
}

/** Whether some success of an operation has a body. */
export const hasBody = (operation: Operation | undefined): boolean =>
  Object.entries(operation?.replies ?? {}).some(
    ([status, { content, stream }]) => status.startsWith('2') && (content ?? stream) !== undefined,
  );

async function accept({ caller, operation, valid }: Subject): Promise<void> {
  if (!declares(operation, 406) || !hasBody(operation)) return;
  const input = await valid();
  await caller.call(
    operation.operationId,
    { ...input, headers: { ...input.headers, Accept: 'application/x-unheard-of' } },
    { what: 'an Accept that excludes every answer', expect: { status: 406 } },
  );
}

async function bodies({ caller, operation, valid }: Subject): Promise<void> {
  if (!operation.body) return;
  const { operationId } = operation;
  const input = await valid();
  const withBody = (text: string, mediaType: string): Input => ({
    ...input,
    headers: { ...input.headers, 'Content-Type': mediaType },
    body: new RawBody(text),
  });
  if (declares(operation, 415)) {
    const other = withBody('<a/>', 'application/xml');
    await caller.call(operationId, other, { what: 'a body of another media type', expect: { status: 415 } });
  }
  if (operation.body.content[0]?.kind !== 'json') return;
  const broken = withBody('{"a": ', 'application/json');
  await caller.call(operationId, broken, {
    what: 'a body that is no JSON',
    expect: invalidOutcome(operation),
  });
  if (!declares(operation, 413)) return;
  const long = withBody(JSON.stringify({ long: 'x'.repeat(LONGER_THAN_ANY_BODY) }), 'application/json');
  await caller.call(operationId, long, { what: 'a body of 2 MiB', expect: { status: 413 } });
}

async function values({ suite, caller, operation, model, valid }: Subject): Promise<void> {
  const { operationId } = operation;
  const schemas = createSchemas(caller.model);
  const count = mutationsOf(model, schemas, await valid()).length;
  for (let index = 0; index < count; index += 1) {
    // A valid request each time: what is taken may use it up.
    const mutation = mutationsOf(model, schemas, await valid())[index];
    if (!mutation) continue;
    const { input, what, fits, where, pointer } = mutation;
    const expect = fits ? {} : { expect: invalidOutcome(operation) };
    const answer = await caller.call(operationId, input, { what, ...expect });
    const note = (fault: string): void =>
      caller.ledger.note({ api: caller.contract.name, operationId, what, fault });
    const isNamed = namesPlace(answer.text, pointer);
    if (!fits && !isNamed) note(`the answer does not name ${where} ${pointer}`);
    const code = suite.codeOf(answer.json);
    const breaksSchema = code !== undefined && suite.schemaCodes.includes(code);
    if (suite.meaningful?.[operationId]?.includes(pointer)) continue;
    if (fits && isNamed && breaksSchema && !isSemantic(answer.text))
      note(`a valid ${where} ${pointer} is refused`);
  }
}

/** Whether a finding points at a place, or at something inside of it. */
const namesPlace = (text: string, pointer: string): boolean =>
  text.includes(`"pointer":"${pointer}"`) || text.includes(`"pointer":"${pointer}/`);

const KEYWORDS =
  /"code":"(type|enum|const|min|max|pattern|required|additional|unique|multipleOf|oneOf|anyOf)/;

/** Whether findings have codes, and none of them is a keyword of JSON Schema. */
const isSemantic = (text: string): boolean => /"in":"[a-z]+"[^}]*"code":/.test(text) && !KEYWORDS.test(text);

async function idempotency({ caller, operation, valid }: Subject): Promise<void> {
  if (!operation.idempotencyKey) return;
  const { operationId } = operation;
  const first = await valid();
  const key = crypto.randomUUID();
  const keyed = (input: Input): Input => ({
    ...input,
    headers: { ...input.headers, 'Idempotency-Key': key },
  });
  const once = await caller.call(operationId, keyed(first), { what: 'with an Idempotency-Key' });
  const what = 'the same request with the same Idempotency-Key';
  const again = await caller.call(operationId, keyed(first), { what, expect: { status: once.status } });
  if (traceOf(once) !== traceOf(again))
    caller.ledger.note({ api: caller.contract.name, operationId, what, fault: 'is answered with other ids' });
  const other = await valid();
  if (JSON.stringify(other) === JSON.stringify(first)) return;
  await caller.call(operationId, keyed(other), {
    what: 'another request with the same Idempotency-Key',
    expect: reusedOutcome(operation),
  });
}

/** What an answer is about: where it points, and which ids its body has near the top. */
function traceOf({ headers, json }: Answer): string {
  // An id that names the answer alone differs each time.
  const ids = (value: unknown) =>
    Object.entries(isObject(value) ? value : {}).filter(
      ([name]) => /_?id$/.test(name) && !/^(s|request_|last_event_)id$/.test(name),
    );
  const inside = Object.values(isObject(json) ? json : {}).flatMap(ids);
  return JSON.stringify([headers.get('location'), ids(json), inside]);
}

const REUSED = /^idempotency_key_reused$/i;
/** Where refusals are answered 200. */
const REUSED_NUMBER = 1010;

function reusedOutcome({ replies }: Operation): Outcome {
  const code = replies['409']?.errorCodes?.find((one) => REUSED.test(String(one)));
  return code === undefined ? { status: 200, code: REUSED_NUMBER } : { status: 409, code };
}

const PROBES: readonly Probe[] = [success, credentials, permission, accept, bodies, values, idempotency];
