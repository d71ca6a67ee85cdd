import type { ClientOf, EventStream, OperationsOf } from '@flowwire/contract';
import type {
  ExecutionResult,
  Operations,
  WorkflowEvent,
  WorkflowExecutionClient,
  WorkflowFinishedEvent,
  workflowExecution,
} from '@flowwire/contract/workflow-execution';
import type { workflowExecutionServer } from '@flowwire/contract/workflow-execution/server';

// Checked by tsc: what is generated for this repository's own documents has the types that they describe.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare const holds: <T extends true>() => T;

holds<Equal<ClientOf<typeof workflowExecution>, WorkflowExecutionClient>>();
holds<Equal<OperationsOf<typeof workflowExecution>, Operations>>();
holds<Equal<OperationsOf<typeof workflowExecutionServer>, Operations>>();

declare const client: WorkflowExecutionClient;
const call = { path: { id: 'wf_1' }, body: { inputs: {} } };

holds<Equal<ReturnType<typeof client.executeWorkflow>, Promise<ExecutionResult>>>();
holds<
  Equal<ReturnType<typeof client.executeWorkflow.stream>, EventStream<WorkflowEvent, WorkflowFinishedEvent>>
>();
// @ts-expect-error the method that is called decides the mode
client.executeWorkflow({ ...call, body: { inputs: {}, response_mode: 'streaming' } });
// @ts-expect-error a run needs inputs
client.executeWorkflow({ path: { id: 'wf_1' }, body: {} });
client.listWorkflows();

type Narrowed<Name extends WorkflowEvent['event']> = Extract<WorkflowEvent, { event: Name }>;
holds<Equal<Narrowed<'workflow_finished'>, WorkflowFinishedEvent>>();
holds<Equal<Narrowed<'text_chunk'>['data']['text'], string>>();

// @ts-expect-error no operation answers with this status
export const teapot: Operations['getWorkflow']['reply']['status'] = 418;
