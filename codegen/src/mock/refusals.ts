import type { Problem } from '@flowwire/koa';
import { isObject } from '../json.ts';
import type { OperationPlan, PlannedReply } from './plan.ts';
import type { SchemaValidators } from './schema-validators.ts';
import { keyFor } from './select.ts';

/** A refusal as it is sent. */
export interface Refusal {
  readonly status: number;
  readonly body: unknown;
  /** Where the document has no words for it. */
  readonly mediaType?: 'application/problem+json';
}

/**
 * The status of a refusal: 422 for a well-formed request with faults where the operation has it and either
 * the faults are in the body or there is no 400.
 */
function statusOf({ kind, status, findings = [] }: Problem, replies: ReadonlyMap<string, unknown>): number {
  if (kind !== 'invalid_request' || !replies.has('422')) return status;
  return !replies.has('400') || findings.every((finding) => finding.in === 'body') ? 422 : status;
}

const says = (value: unknown, word: string): boolean => {
  if (value === word) return true;
  return (
    typeof value === 'object' && value !== null && Object.values(value).some((member) => says(member, word))
  );
};

const MESSAGE = new Set(['message', 'detail', 'error_description', 'error_message']);

/** An example with the words for what is wrong in the place of its own, at the top or one level down. */
export function reworded(example: unknown, message: string, depth = 0): unknown {
  if (!isObject(example) || depth > 1) return example;
  const members = Object.entries(example).map(([key, value]) => {
    if (MESSAGE.has(key) && typeof value === 'string') return [key, message];
    return [key, reworded(value, message, depth + 1)];
  });
  return Object.fromEntries(members);
}

/** A body in the API's own shape: an example that speaks of the same kind of problem, else the first, else a made one. */
function ownBody(
  reply: PlannedReply,
  { kind, message }: Problem,
  validate: (body: unknown) => boolean,
): unknown {
  const content = reply.content.find((one) => one.kind === 'json');
  if (!content) return undefined;
  const { examples, made } = content;
  const example = examples.find(({ value }) => says(value, kind)) ?? examples[0];
  const body = example ? example.value : made().value;
  const clear = reworded(body, message);
  return validate(clear) ? clear : body;
}

/** RFC 9457. */
const problemBody = ({ kind, message, findings }: Problem, status: number) => ({
  type: 'about:blank',
  title: kind.replaceAll('_', ' '),
  status,
  detail: message,
  ...(findings && findings.length > 0 && { findings }),
});

/** Puts a refusal into the words of the operation's document, or into those of RFC 9457 where it has none. */
export function refusalFor(
  problem: Problem,
  plan: OperationPlan | undefined,
  validators: SchemaValidators,
): Refusal {
  const replies: OperationPlan['replies'] = plan?.replies ?? new Map();
  const status = statusOf(problem, replies);
  const key = keyFor(replies, status);
  const reply = key === undefined ? undefined : replies.get(key);
  const model = plan?.operation.replies.find((one) => one.status === key);
  const schema = model?.content.find(({ kind }) => kind === 'json')?.schema;
  const validate = schema === undefined ? undefined : validators.get(schema);
  const body = reply && ownBody(reply, problem, (value) => validate?.(value) !== false);
  if (body !== undefined) return { status, body };
  return { status, body: problemBody(problem, status), mediaType: 'application/problem+json' };
}
