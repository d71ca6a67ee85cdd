import type { StreamOptions } from '@flowwire/contract';
import {
  type StreamRequest,
  type WorkflowEvent,
  type WorkflowExecutionClient,
  workflowExecution,
} from '@flowwire/contract/workflow-execution';
import { createHttpClient } from './client.ts';
import type { ClientOptions } from './options.ts';

/** The client of the workflow execution API with a helper for callbacks. */
export interface WorkflowExecution extends WorkflowExecutionClient {
  /**
   * Runs a workflow and hands each event to `onEvent`. Settles when the stream is over. A failure, one of
   * `onEvent` too, goes to `onError` if there is one; otherwise the promise rejects with it.
   */
  executeWorkflowStream(
    id: string,
    inputs: StreamRequest['inputs'],
    onEvent: (event: WorkflowEvent) => void,
    onError?: (error: unknown) => void,
    options?: StreamOptions,
  ): Promise<void>;
}

/** Makes a client of the workflow execution API. */
export function createWorkflowExecution(options: ClientOptions): WorkflowExecution {
  const client = createHttpClient(workflowExecution, options);
  return {
    ...client,
    async executeWorkflowStream(id, inputs, onEvent, onError, streamOptions) {
      try {
        const events = client.streamWorkflowExecution({ path: { id }, body: { inputs } }, streamOptions);
        for await (const event of events) onEvent(event);
      } catch (error) {
        if (onError === undefined) throw error;
        onError(error);
      }
    },
  };
}
