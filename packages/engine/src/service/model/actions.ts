import type { QuestionAsked, QuestionReply, StoredEvent } from '../../events.ts';
import type { RunAnswer } from '../../ports.ts';
import { keyOf } from '../../run/scope.ts';
import { isFinal } from '../../run-state.ts';
import { type Process, StoreFault, TENANT, turn, type World } from './world.ts';

/** A run in a world, and what was promised about it. */
export interface Story {
  readonly world: World;
  readonly runId: string;
  readonly random: () => number;
  /** The process that people talk to. */
  current: Process;
  /** Processes that lost their lease and do not know it yet. */
  usurped: Process[];
  readonly accepted: RunAnswer[];
  wishesCancel: boolean;
  /** A cancel was accepted. */
  isCancelled: boolean;
  /** The run had not ended a while after a cancel was accepted. */
  wasUnderWay: boolean;
  /** Hints got lost at some time. */
  hasLostHints: boolean;
  /** Callers that have failed once; they have few attempts. */
  readonly failed: Set<string>;
  /** Time enough has passed for the run to time out. */
  isLate: boolean;
  /** The store has failed, so that the run may end as failed. */
  hasFaults: boolean;
}

type Action = (story: Story) => void | Promise<void>;

const times = (count: number, action: Action): readonly Action[] => new Array<Action>(count).fill(action);

/** What may happen to a run, as often as it is listed. */
export const ACTIONS: readonly Action[] = [
  ...times(9, letThrough),
  ...times(2, failAttempt),
  ...times(4, answerRightly),
  answerTwice,
  answerWrongly,
  ...times(2, pause),
  ...times(3, resume),
  ...times(2, crash),
  usurp,
  drain,
  ...times(3, (story) => passTime(story, 300)),
  ...times(2, (story) => passTime(story, 3_000)),
  (story) => passTime(story, 21_000),
  ...times(4, () => settle()),
  (story) => {
    story.world.faults.losesHints = !story.world.faults.losesHints;
    story.hasLostHints = true;
  },
];

/** What ends most runs at once, and so belongs into some stories only. */
export const HARSH_ACTIONS: readonly Action[] = [
  cancel,
  (story) => {
    story.isLate = true;
    return passTime(story, 3_600_000);
  },
  (story) => failStore(story, 'appends'),
  ...times(3, (story) => failStore(story, 'calls')),
];

export async function settle(turns = 12): Promise<void> {
  for (let left = turns; left > 0; left--) await turn();
}

const pick = <T>({ random }: Story, items: readonly T[]): T | undefined =>
  items[Math.floor(random() * items.length)];

const waiting = ({ current, usurped }: Story) => [current, ...usurped].flatMap(({ gate }) => gate.waiting());

function letThrough(story: Story): void {
  pick(story, waiting(story))?.let();
}

function failAttempt(story: Story): void {
  const one = pick(
    story,
    story.current.gate.waiting().filter(({ caller }) => !story.failed.has(caller)),
  );
  if (!one) return;
  story.failed.add(one.caller);
  one.fail();
}

/** Not awaited: its process may die in between. */
function ask<T>({ world }: Story, call: Promise<T>, look: (outcome: T) => void): void {
  call.then(look).catch((error: unknown) => {
    if (!(error instanceof StoreFault)) world.problems.push(`a command failed: ${String(error)}`);
  });
}

function questionsOf({ world, runId }: Story): QuestionAsked[] {
  return world.store.events(runId).flatMap(({ event }) => (event.type === 'question_asked' ? [event] : []));
}

const openQuestions = (story: Story): QuestionAsked[] => {
  const answered = new Set(
    story.world.store
      .events(story.runId)
      .flatMap(({ event }) => (event.type === 'question_answered' ? [event.questionId] : [])),
  );
  return questionsOf(story).filter(({ questionId }) => !answered.has(questionId));
};

type Reply = RunAnswer['reply'];

const choose = (choice: string): Reply => ({ type: 'choice', choice });
const RIGHT: readonly Reply[] = [choose('a'), choose('b')];
/** Right for lenient questions, wrong for others. */
const LENIENT: readonly Reply[] = [choose('c'), { type: 'text', text: 'c' }, { type: 'skipped' }];
const GIVEN_UP: Reply = { type: 'given_up' };

async function give(story: Story, { questionId, optional }: QuestionAsked, reply: Reply): Promise<void> {
  const answer: RunAnswer = { questionId, reply };
  ask(story, story.current.service.answer(TENANT, story.runId, answer), ({ outcome }) => {
    if (outcome !== 'done') return;
    if (LENIENT.includes(reply) && !optional) story.world.problems.push('a wrong answer was accepted');
    if (story.accepted.some((earlier) => earlier.questionId === questionId))
      story.world.problems.push(`${questionId} was accepted twice`);
    story.accepted.push(answer);
  });
  // No store takes as long as the time that may pass next.
  await settle();
}

export async function answerRightly(story: Story): Promise<void> {
  const question = pick(story, openQuestions(story));
  const replies = question?.optional ? [...RIGHT, ...LENIENT, GIVEN_UP] : RIGHT;
  const reply = pick(story, replies);
  if (question && reply) await give(story, question, reply);
}

async function answerTwice(story: Story): Promise<void> {
  const question = pick(story, openQuestions(story));
  if (question) await Promise.all(RIGHT.map((reply) => give(story, question, reply)));
}

async function answerWrongly(story: Story): Promise<void> {
  const question = pick(story, questionsOf(story));
  const reply = pick(story, LENIENT);
  if (question && reply) await give(story, question, reply);
}

function pause(story: Story): void {
  ask(story, story.current.service.pause(TENANT, story.runId), () => undefined);
}

export function resume(story: Story): void {
  ask(story, story.current.service.resume(TENANT, story.runId), () => undefined);
}

function cancel(story: Story): void {
  story.wishesCancel = true;
  ask(story, story.current.service.cancel(TENANT, story.runId), ({ outcome }) => {
    if (outcome !== 'done') return;
    story.isCancelled = true;
    void settle(30).then(() => {
      story.wasUnderWay ||= !isFinal(stateOf(story));
    });
  });
}

async function crash(story: Story): Promise<void> {
  story.current.kill();
  await bootAgain(story);
}

/** The process lives on, but another one has taken its runs. */
async function usurp(story: Story): Promise<void> {
  for (const old of story.usurped) old.kill();
  story.usurped = [story.current];
  await bootAgain(story);
}

async function drain(story: Story): Promise<void> {
  const drained = story.current.service.drain(1_000);
  await settle();
  await story.world.clock.advance(1_000);
  await drained;
  story.current.kill();
  await bootAgain(story);
}

async function bootAgain(story: Story): Promise<void> {
  story.current = story.world.boot();
  await story.current.service.recover();
}

async function passTime({ world }: Story, ms: number): Promise<void> {
  await world.clock.advance(ms);
}

function failStore(story: Story, kind: 'appends' | 'calls'): void {
  story.world.faults[kind]++;
  story.hasFaults = true;
}

export const stateOf = ({ world, runId }: Story) => world.store.run(runId)?.state ?? 'queued';

export const eventsOf = ({ world, runId }: Story): readonly StoredEvent[] => world.store.events(runId);

/** The replies that the log tells, by the place of their node. */
export function repliesOf(story: Story): ReadonlyMap<string, QuestionReply> {
  return new Map(
    eventsOf(story).flatMap(({ event }) =>
      event.type === 'question_answered' ? [[keyOf(event.nodeId, event.scope), event.reply]] : [],
    ),
  );
}

/** Nothing goes wrong any more, and whatever the run waits for comes. Whether it ends then. */
export async function letItEnd(story: Story): Promise<boolean> {
  Object.assign(story.world.faults, { appends: 0, calls: 0, method: undefined, losesHints: false });
  // One that was usurped may have claimed the run again.
  if (story.usurped.length > 0) {
    for (const old of story.usurped) old.kill();
    await crash(story);
  }
  for (let round = 0; round < 600; round++) {
    await settle();
    if (isFinal(stateOf(story))) return true;
    await story.world.clock.advance(round % 4 === 0 ? 2_500 : 0);
    // Whoever has cancelled waits for nothing else.
    if (story.isCancelled && round < 4) continue;
    if (stateOf(story) === 'paused') resume(story);
    await answerRightly(story);
    for (const one of story.current.gate.waiting()) one.let();
  }
  return false;
}
