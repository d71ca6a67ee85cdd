import { createAstron, createIdentity, createMandas, createWorkflowExecution } from '@flowwire/client';
import { ECHO } from './http-subjects.ts';

/** An operation of the mix. */
export interface MixedOperation {
  readonly kind: 'read' | 'write';
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

const AGENTS = 'name: report\nagents:\n  - name: Analyst\n    type: data_analysis\n    instructions: Look.\n';

/** What the operations of the mix work on is made first. */
export async function prepareMix(baseUrl: string, key: string): Promise<readonly MixedOperation[]> {
  const options = { baseUrl, auth: key, maxRetries: 0 };
  const execution = createWorkflowExecution(options);
  const mandas = createMandas(options);
  const astron = createAstron(options);
  const identity = createIdentity(options);
  const { id } = await execution.createWorkflow({ body: ECHO });
  const agents = await mandas.createWorkflow({ body: { name: 'report', definition_yaml: AGENTS } });
  const done = await execution.executeWorkflow({
    path: { id },
    body: { inputs: { text: 'x' } },
  });
  const run = { execution_id: done.workflow_run_id };
  const { data: flow } = await astron.addLayout({ body: { name: 'empty' } });
  const read = (name: string, work: MixedOperation['run']): MixedOperation => ({
    kind: 'read',
    name,
    run: work,
  });
  const write = (name: string, work: MixedOperation['run']): MixedOperation => ({
    kind: 'write',
    name,
    run: work,
  });
  return [
    read('read a workflow', () => execution.getWorkflow({ path: { id } })),
    read('list executions', () => execution.listExecutions({ query: { limit: 20 } })),
    read('read an execution', () => execution.getExecution({ path: run })),
    read('read the caller', () => identity.getPrincipal()),
    read('list workflows of agents', () => mandas.listWorkflows({ query: { limit: 20 } })),
    read('read a run of agents', () => mandas.getRun({ path: { run_id: run.execution_id } })),
    read('read a flow', () => astron.getLayout({ body: { flow_id: flow?.flow_id ?? '' } })),
    write('create a workflow', () => execution.createWorkflow({ body: ECHO })),
    write('run a workflow', () =>
      execution.executeWorkflow({ path: { id }, body: { inputs: { text: 'x' } } }),
    ),
    write('change a workflow of agents', () =>
      mandas.updateWorkflow({
        path: { workflow_id: agents.id },
        body: { name: 'report', description: String(Math.random()), definition_yaml: AGENTS },
      }),
    ),
  ];
}
