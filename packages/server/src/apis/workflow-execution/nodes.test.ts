import type {
  NodeFinished,
  NodeStarted,
  RunSummary,
  StoredEvent,
  WorkflowDefinition,
} from '@flowwire/engine';
import { describe, expect, test } from 'vitest';
import { toNodeExecutions } from './nodes.ts';

const definition: WorkflowDefinition = {
  name: 'each',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'each', type: 'loop', max_rounds: 9, body: { nodes: [{ id: 'in', type: 'break' }], edges: [] } },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [],
};

const run = (state: RunSummary['state']): RunSummary => ({
  id: 'run_1',
  tenantId: 't',
  workflowId: 'wf_1',
  version: 1,
  userId: 'u',
  inputs: {},
  priority: 5,
  timeoutMs: 1_000,
  onDisconnect: 'cancel',
  disconnectGraceMs: 0,
  createdAt: 0,
  state,
  tokens: { prompt: 0, completion: 0 },
  steps: 0,
  queuedAt: 0,
  lastSeq: 0,
  epoch: 1,
  cancelRequested: false,
  pauseRequested: false,
  prunedSeq: 0,
});

const stored = (events: readonly StoredEvent['event'][]): StoredEvent[] =>
  events.map((event, index) => ({ runId: 'run_1', seq: index + 1, at: 5_000, event }));

const place = (nodeId: string, scope?: string) => ({
  nodeId,
  nodeType: 'break',
  title: nodeId,
  index: 1,
  ...(scope !== undefined && { scope }),
});

const begun = (nodeId: string, scope?: string): NodeStarted => ({
  type: 'node_started',
  ...place(nodeId, scope),
  attempt: 1,
});

const done = (nodeId: string, scope?: string): NodeFinished => ({
  type: 'node_finished',
  ...place(nodeId, scope),
  status: 'succeeded',
  outputs: {},
  elapsedMs: 1,
  tokens: { prompt: 0, completion: 0 },
  attempts: 1,
});

const brief = (state: RunSummary['state'], events: readonly StoredEvent['event'][]) =>
  toNodeExecutions(run(state), definition, stored(events)).map(({ node_id, scope, status, attempts }) =>
    [scope, node_id, status, attempts].filter((part) => part !== undefined).join(' '),
  );

describe('the nodes of an execution', () => {
  test('nodes that nothing is told of are pending, and skipped once the run has ended', () => {
    const events = [begun('start'), done('start'), begun('each')];
    expect(brief('running', events)).toEqual(['start succeeded 1', 'each running 1', 'end pending 0']);
    expect(brief('cancelled', events)).toEqual(['start succeeded 1', 'each running 1', 'end skipped 0']);
  });

  test('a node inside another one is told for each time that it ran', () => {
    const retry = {
      type: 'node_retry',
      nodeId: 'in',
      scope: 'each[1]',
      attempt: 2,
      reason: 'error',
      discardFromSeq: 1,
      delayMs: 0,
    } as const;
    const events = [begun('in', 'each[0]'), done('in', 'each[0]'), begun('in', 'each[1]'), retry];
    expect(brief('running', events).slice(3)).toEqual(['each[0] in succeeded 1', 'each[1] in running 2']);
  });

  test('at most 1,000 nodes inside others are told, and all of them wholly', () => {
    const scopes = Array.from({ length: 1_200 }, (_, index) => `each[${index}]`);
    const told = brief('running', [
      ...scopes.map((scope) => begun('in', scope)),
      ...scopes.map((scope) => done('in', scope)),
    ]);
    expect(told).toHaveLength(1_003);
    expect(told.at(-1)).toBe('each[999] in succeeded 1');
  });
});
