import type { Operation } from '@flowwire/contract';
import type { Caller } from '../api.ts';
import { parseJson } from '../wire/answer.ts';
import type { Input } from '../wire/request.ts';

/**
 * Tries ids that nobody has and, with another tenant's key, ids that are somebody else's. Both must be answered alike: with
 * a refusal, and without a word of what the ids name.
 */
export async function probeStrangers(
  caller: Caller,
  operation: Operation,
  valid: () => Promise<Input>,
  namedByCaller: readonly string[],
): Promise<void> {
  const { operationId } = operation;
  if (namedByCaller.includes(operationId)) return;
  const input = await valid();
  const names = Object.keys(input.path ?? {});
  const owned = idsIn(input);
  if (owned.length === 0) return;
  if (names.length > 0) {
    const path = Object.fromEntries(names.map((name) => [name, unknownId(input.path?.[name])]));
    await refused(caller, operation, { ...input, path }, 'ids that nobody has');
  }
  const { other } = caller.keys;
  if (other === undefined) {
    const why = 'no key of another tenant was given';
    caller.ledger.skip({ api: caller.contract.name, what: `${operationId}: another tenant's id`, why });
    return;
  }
  await refused(caller, operation, input, 'ids of another tenant', other);
}

/** A number where one is wanted: a version is no id, but there is none that high. */
const unknownId = (value: unknown): unknown => (typeof value === 'number' ? 999_999 : 'nobody-has-this-id');

/** Members of a body that name something of the tenant's. */
const ID_MEMBER = /^(flow|app|workflow|run|event|execution|question|file)_id$/;

const idsIn = ({ path = {}, body }: Input): readonly unknown[] => [
  ...Object.values(path),
  ...(typeof body === 'object' && body !== null
    ? Object.entries(body).flatMap(([name, value]) => (ID_MEMBER.test(name) ? [value] : []))
    : []),
];

async function refused(
  caller: Caller,
  operation: Operation,
  input: Input,
  what: string,
  key?: string,
): Promise<void> {
  const answer = await caller.call(operation.operationId, input, { what, ...(key !== undefined && { key }) });
  // An id in a body is a value like others, and may be refused like them.
  const isRefusal =
    answer.status === 404 ||
    answer.status === 400 ||
    [answer.json, ...answer.events.map(({ data }) => parseJson(data))].some(isErrorCode);
  if (isRefusal) return;
  caller.ledger.note({
    api: caller.contract.name,
    operationId: operation.operationId,
    what,
    fault: `expected a refusal, got ${answer.status}: ${answer.text.slice(0, 200)}`,
  });
}

/** Where refusals are answered 200, a code in the body or in an item of the stream says so. */
function isErrorCode(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('code' in json)) return false;
  return typeof json.code === 'number' && json.code !== 0;
}
