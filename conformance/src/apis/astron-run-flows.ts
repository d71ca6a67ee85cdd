import type { Caller, Flow } from '../api.ts';
import type { Answer } from '../wire/answer.ts';
import { cancelRun, giveUpQuestion } from './astron-elsewhere.ts';
import { FAILING, type FailingFlow } from './astron-failing.ts';
import { flowOf } from './astron-nodes.ts';
import {
  appId,
  coded,
  contentOf,
  FINE,
  interrupted,
  MODES,
  type Mode,
  PARAMETERS,
  published,
  RELEASED,
  stored,
  uploaded,
} from './astron-runs.ts';
import {
  afterQuestion,
  BUSY_QUESTION_FLOW,
  codeSteps,
  ENDLESS,
  OPTION_FLOW,
  PICTURE_FLOW,
  REPEATS,
  subflowOf,
  TEXT_FLOW,
} from './astron-sources.ts';
import { bodyCode, noteFault } from './bodies.ts';

/** Which flows can be run, and with what. */
async function guards(caller: Caller, { run, make }: Mode): Promise<void> {
  const refused = (id: string, what: string, codes: readonly number[], more: object = {}) =>
    caller.call(
      run,
      { body: { flow_id: id, stream: true, parameters: PARAMETERS, ...more } },
      { what, expect: coded(...codes) },
    );
  await refused('nobody-has-this-id', 'a flow that is not there', [1006, 20201]);
  const id = await make(caller);
  await refused(id, 'a version that is not there', [1001, 20204], { version: 'v9.9' });
  const surplus = { parameters: { ...PARAMETERS, surplus: 1 } };
  await refused(id, 'an input that the flow does not have', [22500], surplus);
  await refused(id, 'without an input that is needed', [22500], { parameters: {} });
}

/** What a flow is given as files. */
async function pictures(caller: Caller, { run, make }: Mode): Promise<void> {
  const id = await make(caller, PICTURE_FLOW);
  const refused = (what: string, picture: unknown, ...codes: number[]) =>
    caller.call(
      run,
      { body: { flow_id: id, stream: false, parameters: { ...PARAMETERS, picture } } },
      { what, expect: coded(...codes) },
    );
  await refused('a number for a file', 5, 23602);
  await refused('a text that is no address', 'nowhere', 23603);
  const text = await uploaded(caller, new File(['no picture\n'], 'text.txt'));
  await refused('a file of another kind', text, 1008, 23601);
  await refused('a file that is not there', text.replace(/[^/]*$/, 'nobody-has-this-id'), 1008, 23601);
}

/** A released flow has to be published, and the app bound to it. */
async function releases(caller: Caller): Promise<void> {
  const refused = (id: string, what: string, ...codes: number[]) =>
    caller.call(
      RELEASED.run,
      { body: { flow_id: id, stream: true, parameters: PARAMETERS } },
      { what, expect: coded(...codes) },
    );
  await refused(await stored(caller), 'a draft', 1001, 20204);
  await refused(await published(caller), 'a flow that the app is not bound to', 20004);
}

/** A flow whose sub-flow has gone cannot begin. */
async function lostSubflow(caller: Caller, { run, make }: Mode): Promise<void> {
  const inner = await stored(caller);
  const id = await make(caller, subflowOf(inner));
  const gone = { body: { flow_id: inner, app_id: await appId(caller) } };
  await caller.call('deleteLayout', gone, { what: 'a flow that another one runs', expect: FINE });
  const body = { flow_id: id, stream: false, parameters: PARAMETERS };
  await caller.call(run, { body }, { what: 'a flow whose sub-flow has gone', expect: coded(22801) });
}

/** A node that fails ends its run, before and after a question. */
async function failing(caller: Caller, { what, code, text, steps }: FailingFlow): Promise<void> {
  const made = await steps(caller);
  const parameters = { AGENT_USER_INPUT: text ?? PARAMETERS.AGENT_USER_INPUT };
  const options = { what, expect: coded(code) };
  for (const mode of MODES) {
    const id = await mode.make(caller, flowOf(what, made));
    await caller.call(mode.run, { body: { flow_id: id, stream: false, parameters } }, options);
    const event = await interrupted(caller, mode, afterQuestion(what, made), parameters);
    const body = { event_id: event, content: 'go on', stream: false };
    await caller.call(mode.resume, { body }, options);
  }
}

/** Somebody cancels a run while its answer is awaited. */
async function cancelled(caller: Caller, { run, resume, make }: Mode): Promise<void> {
  const options = { what: 'a run that is cancelled', expect: coded(22301) };
  const id = await make(caller, flowOf('endless', codeSteps(ENDLESS)));
  const started = { body: { flow_id: id, stream: false, parameters: PARAMETERS } };
  await Promise.all([caller.call(run, started, options), cancelRun(caller, id)]);
  const asking = await make(caller, afterQuestion('endless', codeSteps(ENDLESS)));
  const event = await interrupted(caller, { run, resume, make: async () => asking }, {});
  const answered = { body: { event_id: event, content: 'go on', stream: false } };
  await Promise.all([caller.call(resume, answered, options), cancelRun(caller, asking)]);
}

/** Somebody gives a question up while its run is at work all the same. */
async function givenUp(caller: Caller, { run, make }: Mode): Promise<void> {
  const id = await make(caller, BUSY_QUESTION_FLOW);
  const started = { body: { flow_id: id, stream: false, parameters: PARAMETERS } };
  const options = { what: 'a question that is given up elsewhere', expect: coded(23802) };
  await Promise.all([caller.call(run, started, options), giveUpQuestion(caller, id)]);
}

/** What becomes of an answer to a question. */
async function answers(caller: Caller, mode: Mode): Promise<void> {
  const answer = (id: string, more: object, what: string, codes?: readonly number[], key?: string) =>
    caller.call(
      mode.resume,
      { body: { event_id: id, content: '', stream: false, ...more } },
      { what, expect: codes === undefined ? FINE : coded(...codes), ...(key !== undefined && { key }) },
    );
  await answer('1', { content: 'A' }, 'an event that is not there', [1003, 23900]);
  const options = await interrupted(caller, mode, OPTION_FLOW);
  const other = await caller.keys.fresh();
  if (other !== undefined) await answer(options, { content: 'A' }, "another app's event", [20005], other);
  await answer(options, { content: 'Z' }, 'an option that there is not', [23800]);
  await answer(options, { event_type: 'ignore' }, 'ignoring what must be answered', [23802]);
  const chosen = await answer(options, { content: 'B' }, 'an option');
  if (contentOf(chosen.json) !== 'The second')
    noteFault(caller, mode.resume, 'an option', `it answers ${contentOf(chosen.json)}`);
  await answer(options, { content: 'A' }, 'an answer after the end', [1003, 23900]);
  const text = await interrupted(caller, mode, TEXT_FLOW);
  await answer(text, { event_type: 'ignore' }, 'ignoring what need not be answered');
  const given = await interrupted(caller, mode, TEXT_FLOW);
  await answer(given, { event_type: 'abort' }, 'giving a question up', [23802]);
}

const AT_ONCE = 8;
const TOO_LATE: readonly unknown[] = [1003, 23900, 23901];

/** Of several answers at once one counts. */
async function race(caller: Caller, mode: Mode): Promise<void> {
  const what = 'several answers at once';
  const event = await interrupted(caller, mode, OPTION_FLOW);
  const body = { event_id: event, content: 'A', stream: false };
  const told = await Promise.all(
    Array.from({ length: AT_ONCE }, () => caller.call(mode.resume, { body }, { what })),
  );
  const codes = told.map(({ json }) => bodyCode(json));
  const losers = codes.filter((code) => code !== 0);
  if (losers.length !== AT_ONCE - 1 || losers.some((code) => !TOO_LATE.includes(code)))
    noteFault(caller, mode.resume, what, `they are answered ${codes}`);
}

/** A stream that was seen to its end has nothing left, and one that broke off goes on. */
async function takeUp(caller: Caller, operationId: string, body: object): Promise<void> {
  const key = { 'Idempotency-Key': crypto.randomUUID() };
  const first = { what: 'with a key', expect: { status: 200 } };
  const { events } = await caller.call(operationId, { headers: key, body }, first);
  const from = (id = '0') => ({ headers: { ...key, 'Last-Event-ID': id }, body });
  const rest = await caller.call(operationId, from(events[0]?.id), { what: 'taken up' });
  const texts = (list: Answer['events']) => list.map(({ data }) => data).join('\n');
  if (texts(rest.events) !== texts(events.slice(1)))
    noteFault(caller, operationId, 'taken up', 'other frames follow than before');
  const seen = { what: 'taken up at its end', expect: { status: 204 } };
  await caller.call(operationId, from(events.at(-1)?.id), seen);
  const ahead = { what: 'a position that it does not have', expect: coded(460) };
  await caller.call(operationId, from('999999'), ahead);
}

async function takenUp(caller: Caller, mode: Mode): Promise<void> {
  const id = await mode.make(caller, flowOf('code', codeSteps(REPEATS)));
  await takeUp(caller, mode.run, { flow_id: id, parameters: PARAMETERS });
  const event = await interrupted(caller, mode, OPTION_FLOW);
  await takeUp(caller, mode.resume, { event_id: event, content: 'A', stream: true });
}

const inBoth = (name: string, story: (caller: Caller, mode: Mode) => Promise<void>): readonly Flow[] =>
  MODES.map((mode) => ({ name: `${name}, ${mode.run}`, run: (caller) => story(caller, mode) }));

/** Everything about runs but their streams. */
export const RUN_FLOWS: readonly Flow[] = [
  ...inBoth('who may run what', guards),
  ...inBoth('files', pictures),
  { name: 'releases', run: releases },
  ...inBoth('a sub-flow that has gone', lostSubflow),
  ...FAILING.map((one): Flow => ({ name: one.what, run: (caller) => failing(caller, one) })),
  ...inBoth('a run that is cancelled', cancelled),
  ...inBoth('a question that is given up elsewhere', givenUp),
  ...inBoth('answers', answers),
  ...inBoth('several answers at once', race),
  ...inBoth('a stream that is taken up', takenUp),
];
