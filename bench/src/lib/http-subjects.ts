import { createAstron, createIdentity, createMandas, createWorkflowExecution } from '@flowwire/client';
import { astron } from '@flowwire/contract/astron';
import { identity } from '@flowwire/contract/identity';
import { mandas } from '@flowwire/contract/mandas';
import { workflowExecution } from '@flowwire/contract/workflow-execution';

/** One request that is measured. */
export interface Subject {
  readonly api: string;
  readonly kind: 'read' | 'write';
  readonly operationId: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** A small workflow: what is measured is the server, not JSON or the workflow. */
export const ECHO = {
  name: 'echo',
  nodes: [
    { id: 'start', type: 'start' as const },
    { id: 'end', type: 'end' as const, outputs: { text: '{{ start.text }}' } },
  ],
  edges: [{ from: 'start', to: 'end' }],
};

const AGENTS = {
  name: 'report',
  description: 'One agent.',
  definition_yaml: 'name: report\nagents:\n  - name: Analyst\n    type: data_analysis\n',
};

const FLOW = { name: 'empty', description: 'A start and an end.' };

/** Makes what the reads read, and answers a read and a write of each API. */
export async function prepareSubjects(baseUrl: string, key: string): Promise<readonly Subject[]> {
  const options = { baseUrl, auth: key };
  const workflow = await createWorkflowExecution(options).createWorkflow({ body: ECHO });
  const agents = await createMandas(options).createWorkflow({ body: AGENTS });
  const flow = await createAstron(options).addLayout({ body: FLOW });
  await createIdentity(options).getPrincipal();
  const flowId = flow.data?.flow_id;
  return [
    read(workflowExecution.name, 'getWorkflow', `/api/workflow/${workflow.id}`),
    write(workflowExecution.name, 'createWorkflow', '/api/workflow', ECHO),
    read(mandas.name, 'getWorkflow', `/mandas/v2/workflows/${agents.id}`),
    write(mandas.name, 'createWorkflow', '/mandas/v2/workflows', AGENTS),
    { ...write(astron.name, 'getLayout', '/workflow/v1/layout/get', { flow_id: flowId }), kind: 'read' },
    write(astron.name, 'addLayout', '/workflow/v1/layout/add', FLOW),
    read(identity.name, 'getPrincipal', '/identity/me'),
    write(identity.name, 'createKey', '/identity/keys', { name: 'bench', permissions: ['READ'] }),
  ];
}

const read = (api: string, operationId: string, path: string): Subject => ({
  api,
  kind: 'read',
  operationId,
  method: 'GET',
  path,
});

const write = (api: string, operationId: string, path: string, body: unknown): Subject => ({
  api,
  kind: 'write',
  operationId,
  method: 'POST',
  path,
  body,
});

/** What a peer is given: every route of the APIs that are measured, and what those that are measured answer. */
export const CONTRACTS = [workflowExecution, mandas, astron, identity];
