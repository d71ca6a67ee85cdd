import type { ResumeRequest } from '@flowwire/contract/astron';
import type { Principal } from '../../../identity/principal.ts';
import type { AstronDeps } from '../deps.ts';
import { cursorWithoutKey, type RunHeaders, refusedFrame, toCursor } from '../refusals.ts';
import type { Answers, AnyFrame } from './answers.ts';
import { createTakeReply } from './take-reply.ts';

interface Request {
  readonly headers: RunHeaders;
  readonly body: ResumeRequest;
  readonly context: Principal;
  readonly signal: AbortSignal;
}

/** Makes the handler that takes the answer to a question and tells how the run goes on. */
export function createResume<Frame extends AnyFrame>(
  deps: AstronDeps,
  { isDebug, answer }: { readonly isDebug: boolean; readonly answer: Answers<Frame> },
) {
  const { flows, runs, errors } = deps;
  const takeReply = createTakeReply(deps);

  return async ({ headers, body, context, signal }: Request) => {
    const stray = cursorWithoutKey(errors, headers);
    if (stray) return stray;
    const { tenantId, appId } = context;
    const flowRun = await flows.runOfEvent(tenantId, body.event_id);
    const run = flowRun && (await runs.get(tenantId, flowRun.runId));
    if (!run || flowRun.isDebug !== isDebug)
      return refusedFrame(errors, 'EVENT_REGISTRY_NOT_FOUND_ERROR', body.event_id);
    if (flowRun.appId !== appId)
      return refusedFrame(errors, 'APP_FLOW_NO_LICENSE_ERROR', 'the event is another app’s');
    const taken = await takeReply(run, body, headers['Idempotency-Key'], signal);
    if ('status' in taken) return taken;
    const isStreamed = body.stream ?? flowRun.isStreamed;
    const cursor = isStreamed ? toCursor(headers['Last-Event-ID']) : 0;
    return answer({ ...taken, flowRun, cursor, isStreamed, signal });
  };
}
