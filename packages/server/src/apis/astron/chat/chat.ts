import { hash } from 'node:crypto';
import type { ChatRequest } from '@flowwire/contract/astron';
import {
  InvalidInputsError,
  type JsonObject,
  QueueFullError,
  type StartRun,
  UnknownSubflowError,
} from '@flowwire/engine';
import { withKey } from '../../../idempotency/fingerprint.ts';
import type { Principal } from '../../../identity/principal.ts';
import type { AstronDeps } from '../deps.ts';
import type { FlowView, FlowViews } from '../dialect/flow-view.ts';
import { faultsOfFiles } from '../flows/file-inputs.ts';
import {
  cursorWithoutKey,
  type Refusal,
  type RunHeaders,
  refusedFrame,
  toCursor,
  tooManyWait,
} from '../refusals.ts';
import { eventIdOf } from '../sid.ts';
import type { Answers, AnyFrame } from './answers.ts';

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
  const { service, flows, errors, now } = deps;

  return async (request: Request) => {
    const { headers, body, context, signal } = request;
    const stray = cursorWithoutKey(errors, headers);
    if (stray) return stray;
    const { tenantId, appId } = context;
    const keyed = withKey(headers['Idempotency-Key'], isDebug ? 'debug' : 'chat', appId, body);
    // Before anything is judged: what has become of the flow since is nothing to a run that has begun.
    const earlier = await service.repeated(tenantId, keyed.idempotency);
    const started = earlier ?? (await start(deps, request, findVersion, { isDebug, ...keyed }));
    if ('status' in started) return started;
    if (started.outcome === 'conflict') return refusedFrame(errors, 'IDEMPOTENCY_KEY_REUSED_ERROR');
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
    // Also for a repeated request: the first one may have got no further than its run.
    await flows.addRun(flowRun);
    const cursor = isStreamed ? toCursor(headers['Last-Event-ID']) : 0;
    return answer({ run, flowRun, cursor, isStreamed, signal });
  };
}

/** Judges a request and starts its run, or answers why it may not begin. */
async function start(
  deps: ChatDeps,
  { body, context }: Request,
  findVersion: FindVersion,
  { isDebug, ...keyed }: { readonly isDebug: boolean } & ReturnType<typeof withKey>,
) {
  const { localFiles, errors, viewOf, defaults } = deps;
  const found = await findVersion(body, context);
  if ('status' in found) return found;
  const { tenantId, appId, keyId } = context;
  const workflow = { tenantId, workflowId: body.flow_id, version: found.version };
  const view = await viewOf(workflow);
  const faults = await faultsOfFiles(localFiles, tenantId, view.fileInputs, body.parameters);
  if (faults) return refusedFrame(errors, faults.error, faults.detail, faults.findings);
  return startRun(deps, view, {
    ...workflow,
    ...requestOf(body, appId, isDebug),
    ...keyed,
    userId: body.uid || keyId,
    timeoutMs: view.mayWait ? Math.max(WAITING_RUN_MS, defaults.timeoutMs) : defaults.timeoutMs,
    onDisconnect: 'cancel',
    disconnectGraceMs: defaults.disconnectGraceMs,
  });
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
async function startRun({ service, errors }: ChatDeps, view: FlowView, request: StartRun) {
  try {
    const started = await service.start(request);
    if (started.outcome === 'unknown_workflow')
      return refusedFrame(errors, 'FLOW_NOT_FOUND_ERROR', request.workflowId);
    return started;
  } catch (error) {
    if (error instanceof QueueFullError) throw tooManyWait();
    if (error instanceof UnknownSubflowError)
      return refusedFrame(
        errors,
        'WORKFLOW_EXECUTION_ERROR',
        `${view.nameOf(error.nodeId)}: ${error.message}`,
      );
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
