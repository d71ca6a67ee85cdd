import type { ApiModel } from '@flowwire/codegen';
import type { Operation } from '@flowwire/contract';
import { type ApiSuite, type Caller, type CallOptions, type Outcome, StuckError } from './api.ts';
import type { Keys } from './keys.ts';
import type { Ledger } from './ledger.ts';
import type { Target } from './target.ts';
import { type Answer, parseJson } from './wire/answer.ts';
import { type DocumentedHeaders, judgeHeaders } from './wire/headers.ts';
import { judge } from './wire/judge.ts';
import { type Input, toWireRequest } from './wire/request.ts';

export interface CallerParts {
  readonly suite: ApiSuite;
  readonly model: ApiModel;
  readonly headers: DocumentedHeaders;
  readonly target: Target;
  readonly keys: Keys;
  readonly ledger: Ledger;
}

export function createCaller({ suite, model, headers, target, keys, ledger }: CallerParts): Caller {
  const { contract, codeOf } = suite;
  const api = contract.name;

  async function call(operationId: string, input: Input, options: CallOptions = {}): Promise<Answer> {
    const operation = contract.operations[operationId];
    const outputs = contract.outputs[operationId];
    if (!operation || !outputs) throw new Error(`${api} has no operation ${operationId}`);
    const { expect, what = 'a valid request', acceptsLimit, until } = options;
    const key = options.key === undefined ? keys.main() : options.key;
    const note = (fault?: string): void =>
      ledger.note({ api, operationId, what, ...(fault !== undefined && { fault }) });
    const request = toWireRequest(operation, signed(operation, input, key));
    let answer: Answer;
    try {
      answer = await target.send(request, { ...(acceptsLimit && { acceptsLimit }), ...(until && { until }) });
    } catch (error) {
      note(`no answer: ${error instanceof Error ? error.message : String(error)}`);
      throw new StuckError(operationId);
    }
    if (key !== null) keys.observe(key, answer.headers);
    const codes = codesIn(answer, codeOf);
    const code = codes.at(-1);
    for (const one of codes.length > 0 ? codes : [undefined])
      ledger.saw({ api, operationId, status: String(answer.status), ...withCode(one) });
    const faults = [
      ...judge(operation, outputs, answer),
      ...judgeHeaders(headers, operationId, answer),
      ...codes.flatMap((one) => codeFaults(operation, answer, one)),
    ];
    const missed = expect && missOf(expect, answer, code);
    const fault = [...faults, ...(missed === undefined ? [] : [missed])].join('; ');
    note(fault === '' ? undefined : fault);
    return answer;
  }

  return {
    call,
    send: (request) => target.send(request),
    contract,
    model,
    keys,
    ledger,
    async need(operationId, input, options = {}) {
      const { json } = await call(operationId, input, {
        expect: successOf(contract.operations[operationId]),
        ...options,
      });
      if (typeof json !== 'object' || json === null) throw new StuckError(operationId);
      return Object.fromEntries(Object.entries(json));
    },
  };
}

/** The codes in the body of an answer, or in the items of its stream. One of 0 says that nothing is wrong. */
export const codesIn = ({ json, events }: Answer, codeOf: ApiSuite['codeOf']): readonly (string | number)[] =>
  [json, ...events.map(({ data }) => parseJson(data))].flatMap((value) => {
    const code = codeOf(value);
    return code === undefined || code === 0 ? [] : [code];
  });

const withCode = (code: string | number | undefined) => (code === undefined ? {} : { code: String(code) });

/** Adds the key, where the operation takes one as a bearer token. */
function signed({ security }: Operation, input: Input, key: string | null): Input {
  if (key === null || !security.some((requirement) => 'bearerKey' in requirement)) return input;
  return { ...input, headers: { Authorization: `Bearer ${key}`, ...input.headers } };
}

/** The documented successes of an operation. */
export const successOf = (operation: Operation | undefined): Outcome => ({
  status: Object.keys(operation?.replies ?? {})
    .filter((status) => status.startsWith('2'))
    .map(Number),
});

/** A code must be one that the document lists with the status. */
function codeFaults(operation: Operation, { status }: Answer, code: string | number): readonly string[] {
  const codes = operation.replies[status]?.errorCodes;
  if (codes === undefined || codes.includes(code)) return [];
  return [`the document does not list the code ${code} with the status ${status}`];
}

function missOf(
  expect: Outcome,
  { status, text }: Answer,
  code: string | number | undefined,
): string | undefined {
  const statuses = typeof expect.status === 'number' ? [expect.status] : expect.status;
  const isStatus = statuses.includes(status);
  if (isStatus && isCode(expect.code, code)) return undefined;
  const wanted = `${statuses.join(' or ')}${expect.code === undefined ? '' : ` with the code ${expect.code}`}`;
  return `expected ${wanted}, got ${status}${code === undefined ? '' : ` with the code ${code}`}: ${text.slice(0, 200)}`;
}

function isCode(wanted: Outcome['code'], code: string | number | undefined): boolean {
  if (wanted === undefined) return true;
  if (wanted === null) return code === undefined;
  if (Array.isArray(wanted)) return code !== undefined && wanted.includes(code);
  return wanted === code;
}
