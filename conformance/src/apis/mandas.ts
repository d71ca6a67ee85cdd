import { mandas } from '@flowwire/contract/mandas';
import type { ApiSuite, Caller } from '../api.ts';
import type { Input } from '../wire/request.ts';
import { errorCode } from './bodies.ts';
import { FLOWS } from './mandas-flows.ts';
import { AGENTS, created, endedRun, endedTask, TASK, waitingRun } from './mandas-runs.ts';
import { SERVER_FAULTS } from './reasons.ts';

type Make = (caller: Caller) => Promise<Input>;

const withPath =
  (name: string, make: (caller: Caller) => Promise<string>, rest: Omit<Input, 'path'> = {}): Make =>
  async (caller) => ({ path: { [name]: await make(caller) }, ...rest });

const workflow = (rest?: Omit<Input, 'path'>): Make => withPath('workflow_id', created, rest);

const nothing: Make = async () => ({});

export const mandasSuite: ApiSuite = {
  contract: mandas,
  specs: 'mandas',
  codeOf: errorCode,
  schemaCodes: ['VALIDATION_ERROR'],
  requests: {
    listWorkflows: nothing,
    createWorkflow: async () => ({ body: AGENTS }),
    getWorkflow: workflow(),
    updateWorkflow: workflow({ body: { ...AGENTS, description: 'changed' } }),
    deleteWorkflow: workflow(),
    listWorkflowVersions: workflow(),
    getWorkflowVersion: async (caller) => ({ path: { workflow_id: await created(caller), version: 1 } }),
    startRun: workflow({ body: { initial_input: { figures: [1, 2] } } }),
    listRuns: nothing,
    getRun: withPath('run_id', endedRun),
    cancelRun: async (caller) => ({ path: { run_id: (await waitingRun(caller)).run } }),
    followRun: withPath('run_id', endedRun),
    listTasks: nothing,
    createTask: async () => ({ body: TASK }),
    getTask: withPath('task_id', endedTask),
    // A task may be over too soon: a flow tries what can be tried.
    cancelTask: undefined,
  },
  flows: FLOWS,
  unprovoked: [
    ...SERVER_FAULTS,
    { status: 410, why: 'events are deleted after days' },
    { operationId: 'cancelTask', status: 200, why: 'a task may be over before it is cancelled' },
    { status: 429, code: 'QUEUE_FULL', why: 'thousands of runs would have to wait' },
  ],
};
