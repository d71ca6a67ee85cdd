import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validateDefinition } from '../../definition/validate.ts';
import type { JsonObject, QuestionReply } from '../../events.ts';
import { keyOf } from '../../run/scope.ts';
import {
  ACTIONS,
  eventsOf,
  HARSH_ACTIONS,
  letItEnd,
  repliesOf,
  type Story,
  settle,
  stateOf,
} from './actions.ts';
import { TWO_CONTAINERS_FAIL } from './found.ts';
import { faultsOf, textOf } from './invariants.ts';
import { interpret } from './oracle.ts';
import { failingScenarios, type Scenario, scenarios, wildScenarios } from './workflows.ts';
import { createWorld, TENANT } from './world.ts';

const INPUTS = { mark: 'm' };
// More of them look longer: FLOWWIRE_MODEL_RUNS=5000.
const NUM_RUNS = Number(process.env.FLOWWIRE_MODEL_RUNS ?? 300);
const TIME_LIMIT_MS = 60_000 + 50 * NUM_RUNS;

/** A generator of Lehmer's kind: the same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

/** The caller that the model knows a node of the run by. */
function callerOf({ nodeId, scope = '' }: { readonly nodeId: string; readonly scope?: string }): string {
  const counts = Array.from(scope.matchAll(/([a-z]+)\d+\[(\d+)\]/g), ([, kind, index]) => ({
    kind,
    index: Number(index),
  }));
  const marks = counts
    .filter(({ kind }) => kind !== 'sub')
    .map(({ kind, index }) => (kind === 'loop' ? index + 1 : index));
  return [`${nodeId}@${INPUTS.mark}`, ...marks].join('.');
}

async function begin(
  { definition, subflows }: Scenario,
  seed: number,
  maxNodeCrashes = 1_000,
): Promise<Story> {
  const random = createRandom(seed);
  const world = createWorld({ random, maxNodeCrashes, onCall });
  const story: Story = {
    world,
    runId: '',
    random,
    current: world.boot(),
    usurped: [],
    accepted: [],
    wishesCancel: false,
    isCancelled: false,
    wasUnderWay: false,
    hasLostHints: false,
    failed: new Set(),
    isLate: false,
    hasFaults: false,
  };
  /** A process that has lost its lease may go on a little, in its own memory. */
  function onCall(caller: string, isOfLatest: boolean): void {
    if (!isOfLatest) return;
    const over = eventsOf(story).some(
      ({ event }) => event.type === 'node_finished' && callerOf(event) === caller,
    );
    if (over) world.problems.push(`${caller} runs again after it has finished`);
  }

  for (const [id, sub] of subflows)
    await world.store.workflows.create({ id, tenantId: TENANT, definition: sub, createdAt: 0 });
  await world.store.workflows.create({ id: 'wf', tenantId: TENANT, definition, createdAt: 0 });
  await story.current.service.recover();
  const started = await story.current.service.start({
    tenantId: TENANT,
    workflowId: 'wf',
    userId: 'u',
    inputs: INPUTS,
  });
  if (!('run' in started)) throw new Error(started.outcome);
  return Object.assign(story, { runId: started.run.id });
}

const withoutVolatile = ({ total: _, answer: __, ...outputs }: JsonObject): JsonObject => outputs;

interface JudgeOptions {
  readonly isHealed?: boolean;
  /** Replies that a run which is reused was given. */
  readonly earlier?: ReadonlyMap<string, QuestionReply>;
}

/** Everything that must hold of the log of a run that has ended. */
function judgeLog(story: Story, scenario: Scenario): void {
  const events = eventsOf(story);
  const run = story.world.store.run(story.runId);
  expect(story.world.problems).toEqual([]);
  expect(faultsOf(events, scenario)).toEqual([]);
  expect(events.at(-1)?.event).toMatchObject({ type: 'run_finished', status: run?.state });
  expect(events).toHaveLength(run?.lastSeq ?? -1);
  const { answer } = run?.outputs ?? {};
  if (run?.state === 'succeeded' && answer !== undefined) expect(textOf(events)).toBe(answer);
}

/** And of what it has come to. */
async function judge(
  story: Story,
  scenario: Scenario,
  { isHealed = false, earlier = new Map() }: JudgeOptions = {},
): Promise<void> {
  judgeLog(story, scenario);
  const events = eventsOf(story);
  const run = story.world.store.run(story.runId);
  const replies = new Map([...earlier, ...repliesOf(story)]);
  if (run?.state === 'succeeded' || run?.error?.code === 'model_refused') {
    const told = new Map(
      events.flatMap(({ event }) =>
        event.type === 'question_answered' ? [[event.questionId, event.reply]] : [],
      ),
    );
    const isOver = (questionId: string) => run.state === 'failed' && !told.has(questionId);
    for (const { questionId, reply } of story.accepted)
      if (!isOver(questionId)) expect(told.get(questionId)).toEqual(reply);
  }
  const verdict = await interpret(scenario, INPUTS, replies, isHealed);
  if (run?.state === 'failed' && run.error?.code !== 'server_error') {
    expect(run.error).toMatchObject({ code: 'model_refused' });
    expect(verdict.outputs).toBeUndefined();
  }
  if (run?.state !== 'succeeded') return;
  const { answer: _, ...outputs } = run.outputs ?? {};
  expect(outputs).toEqual(verdict.outputs);
  for (const { event } of events) {
    if (event.type !== 'node_finished' || event.status !== 'succeeded' || event.nodeType === 'assign')
      continue;
    const wanted = verdict.results.get(keyOf(event.nodeId, event.scope)) ?? {};
    expect(withoutVolatile(event.outputs)).toEqual(withoutVolatile(wanted));
  }
}

const steps = fc.array(fc.tuple(fc.nat(999), fc.nat(3)), { maxLength: 60, size: '+1' });

async function live(
  story: Story,
  scenario: Scenario,
  actions: typeof ACTIONS,
  plan: readonly (readonly [number, number])[],
) {
  for (const [number, turns] of plan) {
    await actions[number % actions.length]?.(story);
    await settle(turns);
    expect(story.world.problems).toEqual([]);
    expect(faultsOf(eventsOf(story), scenario)).toEqual([]);
  }
}

test(
  'whatever is asked of a run and whatever dies under it, it comes to what its definition says',
  async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, steps, fc.nat(), async (scenario, plan, seed) => {
        expect(validateDefinition(scenario.definition)).toEqual([]);
        const story = await begin(scenario, seed);
        await live(story, scenario, ACTIONS, plan);
        expect(await letItEnd(story)).toBe(true);
        await judge(story, scenario);
        const { outputs } = await interpret(scenario, INPUTS, repliesOf(story), false);
        expect(stateOf(story)).toBe(outputs ? 'succeeded' : 'failed');
      }),
      { numRuns: NUM_RUNS },
    );
  },
  TIME_LIMIT_MS,
);

test(
  'a restart runs what failed and what follows, and comes to what the run would have come to',
  async () => {
    await fc.assert(
      fc.asyncProperty(failingScenarios, steps, fc.nat(), async (scenario, plan, seed) => {
        const story = await begin(scenario, seed);
        await live(story, scenario, ACTIONS, plan);
        expect(await letItEnd(story)).toBe(true);
        await judge(story, scenario);
        expect(stateOf(story)).toBe('failed');
        const earlier = repliesOf(story);

        story.world.heal();
        const restarted = await story.current.service.restart(TENANT, story.runId, { userId: 'u' });
        if (restarted.outcome !== 'done') throw new Error(restarted.outcome);
        Object.assign(story, { runId: restarted.run.id, accepted: [], failed: new Set() });
        await live(story, scenario, ACTIONS, plan);
        expect(await letItEnd(story)).toBe(true);
        await judge(story, scenario, { isHealed: true, earlier });
        expect(stateOf(story)).toBe('succeeded');
      }),
      { numRuns: NUM_RUNS / 2 },
    );
  },
  TIME_LIMIT_MS,
);

test(
  'anything may fail beside anything: the run ends, and its log is in order',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        wildScenarios,
        steps,
        fc.nat(),
        fc.boolean(),
        async (scenario, plan, seed, isHarsh) => {
          const story = await begin(scenario, seed);
          await live(story, scenario, isHarsh ? [...ACTIONS, ...HARSH_ACTIONS] : ACTIONS, plan);
          expect(await letItEnd(story)).toBe(true);
          judgeLog(story, scenario);
        },
      ),
      { numRuns: NUM_RUNS, examples: [[TWO_CONTAINERS_FAIL, [], 0, false]] },
    );
  },
  TIME_LIMIT_MS,
);

test(
  'no cancel, time-out or failing store leaves a run without its end',
  async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, steps, fc.nat(), async (scenario, plan, seed) => {
        const story = await begin(scenario, seed);
        await live(story, scenario, [...ACTIONS, ...HARSH_ACTIONS], plan);
        expect(await letItEnd(story)).toBe(true);
        await judge(story, scenario);
        const state = stateOf(story);
        if (state === 'timed_out') expect(story.isLate).toBe(true);
        if (state === 'cancelled') expect(story.wishesCancel).toBe(true);
        // Else it had been ending when the cancel came.
        if (story.wasUnderWay && !story.hasLostHints && !story.isLate && !story.hasFaults)
          expect(state).toBe('cancelled');
        if (story.world.store.run(story.runId)?.error?.code === 'server_error')
          expect(story.hasFaults).toBe(true);
      }),
      { numRuns: NUM_RUNS },
    );
  },
  TIME_LIMIT_MS,
);
