import type { ApiSuite, Caller } from '../api.ts';

/** Tries a path that the document does not have, and a method that a path does not have. */
export async function probeUnmatched(suite: ApiSuite, caller: Caller): Promise<void> {
  const { contract, codeOf } = suite;
  const [first] = Object.values(contract.operations);
  if (!first) return;
  const api = contract.name;
  const tries = [
    {
      what: 'a path that does not exist',
      method: 'GET',
      target: `${rootOf(suite)}/no/such/path/here`,
      status: 404,
    },
    {
      what: 'a method that a path does not have',
      method: 'PATCH',
      target: pathWithoutPatch(suite),
      status: 405,
    },
  ];
  for (const { what, method, target, status } of tries) {
    const answer = await caller.send({
      method,
      target,
      headers: { Authorization: `Bearer ${caller.keys.main()}` },
    });
    const faults = [
      ...(answer.status === status ? [] : [`expected ${status}, got ${answer.status}`]),
      ...(codeOf(answer.json) === undefined ? ['the body has no code'] : []),
      ...(status === 405 && !answer.headers.has('allow') ? ['the header Allow is missing'] : []),
    ];
    const fault = faults.join('; ');
    caller.ledger.note({ api, operationId: '(none)', what, ...(fault !== '' && { fault }) });
  }
}

/** What all paths begin with. */
function rootOf({ contract }: ApiSuite): string {
  const paths = Object.values(contract.operations).map(({ path }) => path.split('/'));
  const [first = []] = paths;
  const length = first.findIndex((part, index) => paths.some((other) => other[index] !== part));
  return first.slice(0, length < 0 ? first.length : length).join('/');
}

function pathWithoutPatch({ contract }: ApiSuite): string {
  const operation = Object.values(contract.operations).find(({ path }) => !path.includes('{'));
  return operation?.path ?? '/';
}
