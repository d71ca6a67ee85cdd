import { type WorkflowGenerationClient, workflowGeneration } from '@flowwire/contract/workflow-generation';
import { createHttpClient } from './client.ts';
import type { ClientOptions } from './options.ts';

/** Makes a client of the workflow-generation API. Throws TypeError for a `baseUrl` that requests cannot be sent to. */
export function createWorkflowGeneration(options: ClientOptions): WorkflowGenerationClient {
  return createHttpClient(workflowGeneration, options);
}
