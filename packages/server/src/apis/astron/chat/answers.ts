import type { ChatAnswer, ChatFrame, DebugFrame } from '@flowwire/contract/astron';
import type { RunSummary } from '@flowwire/engine';
import type { FlowRun } from '../../../flows/flow-store.ts';
import type { AstronDeps } from '../deps.ts';
import type { FlowViews } from '../dialect/flow-view.ts';
import type { CreateTeller } from '../dialect/teller.ts';
import { type Refusal, refusedFrame } from '../refusals.ts';
import { sidOf } from '../sid.ts';
import { isSeen, nextReply, recallUpTo } from './parts.ts';
import { type Frames, followSession, type Session } from './session.ts';

/** Which part of a run is to be told, and how. */
export interface Wanted {
  readonly run: RunSummary;
  readonly flowRun: FlowRun;
  /** The question whose answer the part begins with; absent for the begin of the run. */
  readonly questionId?: string;
  /** The seq of the last frame that was seen; 0 for none. */
  readonly cursor: number;
  readonly isStreamed: boolean;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

type AnswerDeps = Pick<AstronDeps, 'service' | 'runs' | 'log' | 'errors' | 'now' | 'pingMs' | 'onAnswer'> & {
  readonly viewOf: FlowViews;
};

/** A frame of any run. */
export type AnyFrame = ChatFrame | DebugFrame;

export type Answers<Frame extends AnyFrame> = ReturnType<typeof createAnswers<Frame>>;

/** Tells runs as a stream or with one frame. */
export function createAnswers<Frame extends AnyFrame>(deps: AnswerDeps, createTeller: CreateTeller<Frame>) {
  return async (wanted: Wanted) => {
    const opened = await open(deps, wanted, createTeller);
    if ('status' in opened) return opened;
    const headers = { 'X-Execution-Id': wanted.run.id };
    const frames = followSession(deps, opened.session);
    if (wanted.isStreamed) return { status: 200 as const, stream: frames, headers };
    return { status: 200 as const, body: await lastOf(frames, wanted.signal), headers };
  };
}

/** Finds the part of the run, or answers why it cannot be told, or that there is nothing left of it. */
async function open<Frame>(
  { log, errors, pingMs, viewOf, onAnswer }: AnswerDeps,
  { run, flowRun: { eventId }, questionId, cursor, isStreamed }: Wanted,
  createTeller: CreateTeller<Frame>,
): Promise<{ readonly session: Session<Frame> } | { readonly status: 204 } | Refusal> {
  const sid = sidOf(questionId === undefined ? run.id : JSON.stringify([run.id, questionId]), run.createdAt);
  const teller = createTeller({ sid, eventId, isStreamed, view: await viewOf(run), errors });
  if (cursor > run.lastSeq) {
    const finding = {
      in: 'header',
      pointer: '/Last-Event-ID',
      message: `must be at most ${run.lastSeq}`,
    } as const;
    return refusedFrame(errors, 'PARAM_ERROR', 'the run has no such event yet', [finding]);
  }
  if (run.prunedSeq > 0)
    return refusedFrame(errors, 'OPEN_API_ERROR', 'the events of the run are no longer kept');
  const after = questionId === undefined ? 0 : await recallUpTo(log, run.id, questionId, teller);
  // Whoever was told of what follows a reply was not interrupted by its question.
  const told = Math.max(after, cursor);
  const endedBy = run.lastSeq === 0 ? undefined : await nextReply(log, run.id, told, questionId);
  if (cursor > 0 && (await isSeen(log, run, cursor, endedBy, teller))) return { status: 204 as const };
  onAnswer(sid, run.id);
  const session: Session<Frame> = {
    run,
    sid,
    teller,
    after,
    cursor,
    ...(questionId !== undefined && { questionId }),
    ...(endedBy !== undefined && { endedBy }),
    ...(isStreamed && { pingMs }),
  };
  return { session };
}

/** The frame that an answer ends with. Throws the signal's reason. */
async function lastOf(frames: Frames<AnyFrame>, signal: AbortSignal): Promise<ChatAnswer> {
  const stop = (): void => void frames.return?.();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let answer: ChatAnswer | undefined;
  for await (const { item } of frames) if (isAnswer(item)) answer = item;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (!answer) throw new Error('a run was told without an end');
  return answer;
}

const isAnswer = (frame: AnyFrame): frame is ChatAnswer => {
  const reason = frame.choices[0]?.finish_reason;
  return reason === 'stop' || reason === 'interrupt';
};
