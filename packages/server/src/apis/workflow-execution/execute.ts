import type { ExecuteRequest, ExecutionResult } from '@flowwire/contract/workflow-execution';
import { InvalidInputsError, type JsonObject, type RunService, type RunSummary } from '@flowwire/engine';
import { withKey } from '../../idempotency/fingerprint.ts';
import type { Principal } from '../../identity/principal.ts';
import { refusal } from '../refusal.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';
import { toFinishedRun } from './dialect.ts';
import { cursorWithoutKey, eventsAfter, toCursor } from './positions.ts';
import { faults, keyReused, noVersion, noWorkflow, started } from './refusals.ts';

const DEFAULT_PRIORITY = 5;

interface Request {
  readonly path: { readonly id: string };
  readonly headers: { 'Idempotency-Key'?: string; 'Last-Event-ID'?: string };
  readonly body: ExecuteRequest;
  readonly context: Principal;
}

/** Starts runs. */
export function createExecuteHandlers(
  deps: WorkflowExecutionDeps,
): Part<'executeWorkflow' | 'streamWorkflowExecution'> {
  const { service } = deps;
  const start = createStart(deps);
  const stream = (run: RunSummary, { headers, body }: Request) =>
    eventsAfter(service, run, toCursor(headers['Last-Event-ID']), { headers: cacheHeader(body, run) });
  return {
    async executeWorkflow(request) {
      const answer = await start(request);
      if ('status' in answer) return answer;
      const { run } = answer;
      if (request.body.response_mode !== 'blocking') return stream(run, request);
      return {
        status: 200,
        body: await waitFor(service, run, request.signal),
        headers: { 'X-Execution-Id': run.id, ...cacheHeader(request.body, run) },
      };
    },

    async streamWorkflowExecution(request) {
      const answer = await start(request);
      return 'status' in answer ? answer : stream(answer.run, request);
    },
  };
}

/** Starts the run that a request asks for, or finds the one that the same request started before. */
function createStart({ service, workflows, defaults }: WorkflowExecutionDeps) {
  async function start({ path: { id }, headers, body, context: { tenantId, keyId } }: Request) {
    const { version, conversation_id: conversationId, cache_max_age_ms: cacheMaxAgeMs } = body;
    const answer = await service.start({
      tenantId,
      workflowId: id,
      userId: body.user ?? keyId,
      // Sound: the body was JSON text, so its values are JSON values.
      inputs: body.inputs as JsonObject,
      priority: body.priority ?? DEFAULT_PRIORITY,
      timeoutMs: body.timeout_ms ?? defaults.timeoutMs,
      onDisconnect: body.on_disconnect ?? 'cancel',
      disconnectGraceMs: body.disconnect_grace_ms ?? defaults.disconnectGraceMs,
      ...(version === undefined ? {} : { version }),
      ...(conversationId === undefined ? {} : { conversationId }),
      ...(cacheMaxAgeMs === undefined ? {} : { cacheMaxAgeMs }),
      ...withKey(headers['Idempotency-Key'], id, body),
    });
    if (answer.outcome === 'conflict') return keyReused();
    if (answer.outcome !== 'unknown_workflow') return { run: answer.run };
    const isThere = version !== undefined && (await workflows.get(tenantId, id)) !== undefined;
    return isThere ? noVersion(id, version) : noWorkflow(id);
  }

  return async (request: Request) =>
    cursorWithoutKey(request.headers) ?? (await withInputs(() => started(() => start(request))));
}

/** The answer of a start; inputs that the workflow does not take are refused. */
async function withInputs<Reply>(act: () => Promise<Reply>) {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof InvalidInputsError)) throw error;
    const details = error.problems.map(({ pointer, code, message }) => ({
      in: 'body' as const,
      pointer: `/inputs${pointer}`,
      code,
      message,
    }));
    return refusal(400, 'invalid_inputs', `The inputs have ${faults(details.length)}.`, details);
  }
}

/** A run that takes over all of an earlier one stands for its cached result. */
const isCached = ({ reuse }: RunSummary): boolean => reuse?.except.length === 0;

function cacheHeader(body: ExecuteRequest, run: RunSummary): Readonly<Record<string, string>> {
  if (isCached(run)) return { 'X-Cache': 'hit' };
  return body.cache_max_age_ms === undefined ? {} : { 'X-Cache': 'miss' };
}

async function waitFor(service: RunService, run: RunSummary, signal: AbortSignal): Promise<ExecutionResult> {
  const data = toFinishedRun(await service.result(run, signal));
  return { workflow_run_id: run.id, task_id: run.id, data, ...(isCached(run) ? { cached: true } : {}) };
}
