import { astron } from '@flowwire/contract/astron';
import { ProblemError, type ProblemKind } from '@flowwire/koa';
import { expect, test } from 'vitest';
import { createErrors } from './errors.ts';
import { createToProblem } from './problems.ts';

const { createChatCompletion, publishFlow, uploadFile, downloadFile } = astron.operations;
const told: string[] = [];
const toProblem = createToProblem(createErrors('documented'), (sid) => told.push(sid));

const problem = (kind: ProblemKind, details?: ConstructorParameters<typeof ProblemError>[2]) =>
  new ProblemError(kind, 'Why.', details).problem;

const finding = { in: 'body', pointer: '/flow_id', code: 'required', message: 'is required' } as const;

test('faults of a request are answered 200: in an envelope, or in a frame where there are frames', () => {
  const invalid = problem('invalid_request', { findings: [finding] });
  const expected = {
    code: 460,
    message: 'The request is not valid (body /flow_id is required)',
    findings: [{ in: 'body', pointer: '/flow_id', message: 'is required' }],
  };
  expect(toProblem(invalid, publishFlow, 'req')).toEqual({
    status: 200,
    body: { ...expected, sid: expect.stringMatching(/^spf/) },
  });
  expect(toProblem(invalid, createChatCompletion, 'req')).toMatchObject({
    status: 200,
    body: { ...expected, choices: [{ finish_reason: 'stop' }] },
  });
});

test('an answer of bytes has no room for a code', () => {
  expect(toProblem(problem('invalid_request'), downloadFile, 'req')).toMatchObject({
    status: 400,
    body: { code: 460 },
  });
});

test.each([
  ['idempotency_key_reused', 200, 1010],
  ['forbidden', 403, 20003],
  ['not_found', 404, 460],
  ['method_not_allowed', 405, 460],
  ['not_acceptable', 406, 460],
  ['payload_too_large', 413, 460],
  ['unsupported_media_type', 415, 460],
  ['rate_limited', 429, 1011],
  ['internal', 500, 1002],
  ['unavailable', 503, 1012],
] as const)('%s is answered %i with the code %i', (kind, status, code) => {
  const operation = status === 404 || status === 405 ? undefined : publishFlow;
  expect(toProblem(problem(kind), operation, 'req')).toMatchObject({ status, body: { code } });
});

test('only an upload is a file that is too large', () => {
  expect(toProblem(problem('payload_too_large'), uploadFile, 'req')).toMatchObject({
    status: 413,
    body: { code: 1008 },
  });
});

test('no credentials and bad ones have codes of their own', () => {
  const challenge = (value: string) => problem('unauthenticated', { headers: { 'WWW-Authenticate': value } });
  const codeOf = (value: string) => toProblem(challenge(value), createChatCompletion, 'req');
  expect(codeOf('Bearer, ApiKey')).toMatchObject({ status: 401, body: { code: 460, message: 'Why' } });
  expect(codeOf('Bearer error="invalid_token", ApiKey')).toMatchObject({
    status: 401,
    body: { code: 20001 },
  });
});

test('every refusal is told by its sid', () => {
  const { body } = toProblem(problem('internal'), publishFlow, 'req');
  expect(body).toMatchObject({ sid: told.at(-1) });
});
