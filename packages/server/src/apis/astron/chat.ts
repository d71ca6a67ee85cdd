import { hash } from 'node:crypto';
import type { ChatRequest } from '@flowwire/contract/astron';
import { InvalidInputsError, type JsonObject, QueueFullError, UnknownSubflowError } from '@flowwire/engine';
import { ProblemError } from '@flowwire/koa';
import { withKey } from '../../idempotency/fingerprint.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Answers, AnyFrame } from './answers.ts';
import type { AstronDeps } from './deps.ts';
import { faultsOfFiles } from './file-inputs.ts';
import type { FlowViews } from './flow-view.ts';
import { cursorWithoutKey, type Refusal, type RunHeaders, refusedFrame, toCursor } from './refusals.ts';
import { eventIdOf } from './sid.ts';

export interface ChatDeps extends AstronDeps {
  readonly viewOf: FlowViews;
}

/** Finds the version that a request is to run, or answers why it may not. */
export type FindVersion = (
  body: Pick<ChatRequest, 'flow_id' | 'version'>,
  context: Principal,
) => Promise<{ readonly version: number } | Refusal>;

interface Request {
  readonly headers: RunHeaders;
  readonly body: ChatRequest;
  readonly context: Principal;
  readonly signal: AbortSignal;
}

// A question waits as long as its node says, and the time of a run goes on meanwhile.
const WAITING_RUN_MS = 86_400_000;

/** Makes the handler that runs flows, or finds the run that the same request started before. */
export function createChat<Frame extends AnyFrame>(
  deps: ChatDeps,
  {
    isDebug,
    findVersion,
    answer,
  }: {
    readonly isDebug: boolean;
    readonly findVersion: FindVersion;
    readonly answer: Answers<Frame>;
  },
) {
  const { flows, localFiles, errors, viewOf, now } = deps;

  return async ({ headers, body, context, signal }: Request) => {
    const cursor = toCursor(headers['Last-Event-ID']);
    const stray = cursorWithoutKey(errors, headers);
    if (stray) return stray;
    const found = await findVersion(body, context);
    if ('status' in found) return found;
    const { tenantId, appId } = context;
    const workflow = { tenantId, workflowId: body.flow_id, version: found.version };
    const { fileInputs, mayWait } = await viewOf(workflow);
    const faults = await faultsOfFiles(localFiles, tenantId, fileInputs, body.parameters);
    if (faults) return refusedFrame(errors, faults.error, faults.detail, faults.findings);
    const started = await start(deps, {
      ...workflow,
      ...requestOf(body, appId, isDebug),
      userId: body.uid || context.keyId,
      timeoutMs: mayWait ? Math.max(WAITING_RUN_MS, deps.defaults.timeoutMs) : deps.defaults.timeoutMs,
      onDisconnect: 'cancel',
      disconnectGraceMs: deps.defaults.disconnectGraceMs,
      ...withKey(headers['Idempotency-Key'], isDebug ? 'debug' : 'chat', appId, body),
    });
    if ('status' in started) return started;
    const { run } = started;
    const isStreamed = body.stream ?? true;
    const flowRun = {
      runId: run.id,
      tenantId,
      eventId: eventIdOf(run.id),
      flowId: body.flow_id,
      appId,
      uid: body.uid ?? '',
      isDebug,
      isStreamed,
      createdAt: now(),
    };
    await flows.addRun(flowRun);
    return answer({ run, flowRun, cursor: isStreamed ? cursor : 0, isStreamed, signal });
  };
}

/** What of a request the run itself has to know. */
function requestOf(
  { flow_id, uid = '', chat_id = '', history = [], parameters }: ChatRequest,
  appId: string,
  isDebug: boolean,
) {
  const conversation = JSON.stringify([flow_id, uid, appId, chat_id, isDebug]);
  return {
    // Sound: the body was JSON text, so its values are JSON values.
    inputs: parameters as JsonObject,
    // Who names no conversation has none: what is kept of one person must not be told to the next.
    ...(chat_id !== '' && { conversationId: `astron_${hash('sha256', conversation)}` }),
    ...(history.length > 0 && { history: history.map(({ role, content }) => ({ role, content })) }),
  };
}

/** Starts a run, or answers why it cannot begin. Throws ProblemError when too many wait. */
async function start({ service, errors }: ChatDeps, request: Parameters<AstronDeps['service']['start']>[0]) {
  try {
    const started = await service.start(request);
    if (started.outcome === 'conflict') return refusedFrame(errors, 'IDEMPOTENCY_KEY_REUSED_ERROR');
    if (started.outcome === 'unknown_workflow')
      return refusedFrame(errors, 'FLOW_NOT_FOUND_ERROR', request.workflowId);
    return started;
  } catch (error) {
    if (error instanceof QueueFullError) throw tooManyWait();
    if (error instanceof UnknownSubflowError)
      return refusedFrame(errors, 'WORKFLOW_EXECUTION_ERROR', `${error.nodeId}: ${error.message}`);
    if (!(error instanceof InvalidInputsError)) throw error;
    const findings = error.problems.map(({ pointer, message }) => ({
      in: 'body' as const,
      pointer: `/parameters${pointer}`,
      message,
    }));
    const [first] = findings;
    return refusedFrame(
      errors,
      'START_NODE_SCHEMA_ERROR',
      first && `${first.pointer} ${first.message}`,
      findings,
    );
  }
}

/** Refuses what would queue another run. */
export const tooManyWait = () =>
  new ProblemError('rate_limited', 'Too many runs wait already. Try again later.', {
    headers: { 'Retry-After': '5' },
  });
