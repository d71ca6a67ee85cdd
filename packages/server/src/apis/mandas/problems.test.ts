import { ProblemError } from '@flowwire/koa';
import { expect, test } from 'vitest';
import { toMandasError } from './problems.ts';

const told = (error: ProblemError) => toMandasError(error.problem, undefined, 'req_1');
const body = (code: string, message: string, details: object) => ({ error: { code, message, details } });

test('a fault of the server names the request in its log, other refusals do not', () => {
  expect(told(new ProblemError('internal', 'm'))).toEqual({
    status: 500,
    body: body('INTERNAL_ERROR', 'm', { request_id: 'req_1' }),
  });
  expect(told(new ProblemError('not_found', 'm'))).toEqual({
    status: 404,
    body: body('ROUTE_NOT_FOUND', 'm', {}),
  });
});

test('the time to wait is told as in its header', () => {
  const headers = { 'Retry-After': '12' };
  expect(told(new ProblemError('rate_limited', 'm', { headers })).body).toEqual(
    body('RATE_LIMITED', 'm', { retry_after_s: 12 }),
  );
});

test('permissions that are missing are named', () => {
  expect(told(new ProblemError('forbidden', 'm', { missing: ['EXECUTE'] })).body).toEqual(
    body('FORBIDDEN', 'm', { missing_permissions: ['EXECUTE'] }),
  );
});
