import { workflowExecution } from '@flowwire/contract/workflow-execution';
import type { ApiSuite, Caller } from '../api.ts';
import type { Input } from '../wire/request.ts';
import { bodyCode, textOf } from './bodies.ts';
import { SERVER_FAULTS } from './reasons.ts';
import { FLOWS } from './workflow-execution-flows.ts';
import { asking, created, ended } from './workflow-execution-runs.ts';
import { ECHO } from './workflows.ts';

type Make = (caller: Caller) => Promise<Input>;

const withPath =
  (name: string, make: (caller: Caller) => Promise<string>, rest: Omit<Input, 'path'> = {}): Make =>
  async (caller) => ({ path: { [name]: await make(caller) }, ...rest });

const workflow = (rest?: Omit<Input, 'path'>): Make => withPath('id', created, rest);
const execution = (make: (caller: Caller) => Promise<string>, rest?: Omit<Input, 'path'>): Make =>
  withPath('execution_id', make, rest);

const nothing: Make = async () => ({});

async function schedule(caller: Caller): Promise<string> {
  const body = { workflow_id: await created(caller), cron: '0 3 * * *', inputs: { text: 'x' } };
  return textOf(await caller.need('createSchedule', { body }), 'id');
}

async function paused(caller: Caller): Promise<string> {
  const id = await asking(caller);
  await caller.call('pauseExecution', { path: { execution_id: id } }, { what: 'a run to go on with' });
  return id;
}

const inputs = { inputs: { text: 'hello' } };

export const workflowExecutionSuite: ApiSuite = {
  contract: workflowExecution,
  specs: 'workflow-execution',
  codeOf: bodyCode,
  namedByCaller: ['setSecret', 'deleteSecret'],
  schemaCodes: ['invalid_request', 'invalid_definition'],
  requests: {
    listWorkflows: nothing,
    createWorkflow: async () => ({ body: ECHO }),
    getWorkflow: workflow(),
    updateWorkflow: workflow({ body: { ...ECHO, description: 'changed' } }),
    deleteWorkflow: workflow(),
    listWorkflowVersions: workflow(),
    publishWorkflow: workflow({ body: { version: 1 } }),
    takeOffWorkflow: workflow(),
    exportWorkflow: workflow(),
    importWorkflow: async () => ({
      body: { content: JSON.stringify({ format: 'flowwire/1', ...ECHO }), dry_run: true },
    }),
    executeWorkflow: workflow({ body: { ...inputs, response_mode: 'blocking' } }),
    streamWorkflowExecution: workflow({ body: inputs }),
    listExecutions: nothing,
    getExecution: execution(ended),
    followExecution: execution(ended),
    cancelExecution: execution(asking),
    pauseExecution: execution(asking),
    resumeExecution: execution(paused),
    answerExecution: async (caller) => {
      const id = await asking(caller);
      return { path: { execution_id: id }, body: { question_id: 'q_2', type: 'choice', choice: 'a' } };
    },
    restartExecution: execution(ended, { body: {} }),
    listQueue: nothing,
    getExecutionStats: nothing,
    listSchedules: nothing,
    createSchedule: async (caller) => ({
      body: { workflow_id: await created(caller), cron: '0 3 * * *', inputs: { text: 'x' } },
    }),
    getSchedule: withPath('schedule_id', schedule),
    updateSchedule: withPath('schedule_id', schedule, { body: { cron: '0 4 * * *' } }),
    deleteSchedule: withPath('schedule_id', schedule),
    listSecrets: nothing,
    setSecret: async () => ({ path: { name: 'conformance' }, body: { value: 'of no worth' } }),
    deleteSecret: async (caller) => {
      const path = { name: 'conformance' };
      await caller.call(
        'setSecret',
        { path, body: { value: 'of no worth' } },
        { what: 'a secret to go on with' },
      );
      return { path };
    },
  },
  flows: FLOWS,
  unprovoked: [
    ...SERVER_FAULTS,
    { operationId: 'setSecret', status: 404, why: 'a secret that is not there is made' },
    { status: 410, why: 'events are deleted after days' },
    { status: 429, code: 'queue_full', why: 'thousands of runs would have to wait' },
  ],
};
