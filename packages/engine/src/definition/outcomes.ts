import type { Finding } from './subject.ts';

/**
 * What is wrong with the ids of a node's outcomes, such as its cases, classes or choices: each names edges.
 * `at` is the JSON pointer of their list.
 */
export function* checkOutcomeIds(
  outcomes: readonly { readonly id: string }[],
  at: string,
  nodeId: string,
  reserved: readonly string[],
): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, { id }] of outcomes.entries()) {
    const pointer = `${at}/${index}/id`;
    if (reserved.includes(id)) {
      yield { code: 'reserved_id', message: `the outcome ${id} is reserved`, pointer, nodeId };
    }
    if (seen.has(id)) {
      yield { code: 'duplicate_case_id', message: `two outcomes are called ${id}`, pointer, nodeId };
    }
    seen.add(id);
  }
}
