import type { WorkflowEdge } from '../../definition/types.ts';
import { hasDefaults } from './failures.ts';
import type { DifyEdge, DifyNode } from './file.ts';
import { casesOf } from './nodes/condition.ts';
import { asksForText } from './nodes/question.ts';
import { itemsAt, type Place, textAt } from './place.ts';

const FAILURE = 'fail-branch';
const EXPIRY = '__timeout';

/** The native outcome that takes an edge; `{}` for a node's success. */
export type Outcome = Pick<WorkflowEdge, 'on'>;

/** The handle of the edges that lead on from a failure, or from a question that nobody answered. */
const failureHandle = ({ type }: DifyNode): string => (type === 'human-input' ? EXPIRY : FAILURE);

export const isOfFailure = ({ handle }: DifyEdge, source: DifyNode): boolean =>
  handle === failureHandle(source);

/** The outcomes of a node by Dify's handles; undefined where every other handle is its success. */
function outcomesByHandle(node: DifyNode): ReadonlyMap<string, Outcome> | undefined {
  const { type, data } = node;
  if (type === 'if-else') {
    const cases = casesOf(data).map(({ id }) => [id, { on: id }] as const);
    return new Map<string, Outcome>([['false', { on: 'else' }], ...cases]);
  }
  if (type === 'question-classifier') return new Map(idsAt(data, 'classes').map((id) => [id, { on: id }]));
  if (type !== 'human-input') return undefined;
  const isText = asksForText(data);
  return new Map(idsAt(data, 'user_actions').map((id) => [id, isText ? {} : { on: id }]));
}

const idsAt = (data: Place, list: string): readonly string[] =>
  itemsAt(data, list).map((item) => textAt(item, 'id') ?? '');

/** Answers the outcome that takes an edge; undefined where its node has no such outcome. */
export function createOutcomes(): (source: DifyNode, edge: DifyEdge) => Outcome | undefined {
  const known = new Map<DifyNode, ReadonlyMap<string, Outcome> | undefined>();
  return (source, edge) => {
    if (isOfFailure(edge, source)) return hasDefaults(source) ? undefined : { on: 'error' };
    // Once for each node: a hostile file may have thousands of edges out of thousands of cases.
    if (!known.has(source)) known.set(source, outcomesByHandle(source));
    const outcomes = known.get(source);
    return outcomes ? outcomes.get(edge.handle) : {};
  };
}
