import { type Caller, type CallOptions, type Flow, StuckError } from '../api.ts';
import type { Answer } from '../wire/answer.ts';
import type { Input } from '../wire/request.ts';
import { member, noteFault, textOf } from './bodies.ts';
import { asking, created, ended, isQuestion, lastEventId } from './workflow-execution-runs.ts';
import { ASKS, ASKS_TWICE, CALLS_NOTHING, ECHO, FAILS } from './workflows.ts';

const STARTS = ['executeWorkflow', 'streamWorkflowExecution'] as const;

async function refusedStarts(caller: Caller): Promise<void> {
  const [id, calling] = [await created(caller), await created(caller, CALLS_NOTHING)];
  for (const operationId of STARTS) {
    const send = (input: Input, options: CallOptions) =>
      caller.call(operationId, { path: { id }, ...input }, options);
    await send(
      { body: { inputs: {} } },
      { what: 'without an input that is needed', expect: { status: 400, code: 'invalid_inputs' } },
    );
    await send(
      { body: { inputs: { text: 'x' } }, headers: { 'Last-Event-ID': '5' } },
      { what: 'a position of no run', expect: { status: 400, code: 'invalid_cursor' } },
    );
    await send(
      { path: { id }, body: { inputs: { text: 'x' }, version: 99 } },
      { what: 'a version that is not there', expect: { status: 404, code: 'version_not_found' } },
    );
    await send(
      { path: { id: calling }, body: { inputs: {} } },
      {
        what: 'a workflow that calls one that is not there',
        expect: { status: 409, code: 'unknown_subflow' },
      },
    );
  }
}

/** A stream is taken up where it was left; at its end nothing is left. */
async function resumedStreams(caller: Caller): Promise<void> {
  const id = await created(caller);
  for (const operationId of STARTS) {
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const request: Input = { path: { id }, headers, body: { inputs: { text: 'x' } } };
    const whole = await caller.call(operationId, request, { what: 'a stream' });
    const at = (position: string): Input => ({
      ...request,
      headers: { ...headers, 'Last-Event-ID': position },
    });
    const [first] = whole.events;
    const rest = await caller.call(operationId, at(first?.id ?? '1'), {
      what: 'a stream taken up after its first event',
    });
    if (textsOf(rest).join('\n') !== textsOf(whole).slice(1).join('\n'))
      noteFault(
        caller,
        operationId,
        'a stream taken up after its first event',
        'other events follow than before',
      );
    const over = { what: 'a stream taken up after its last event', expect: { status: 204 } };
    await caller.call(operationId, at(lastEventId(whole)), over);
    const execution = whole.headers.get('x-execution-id') ?? '';
    const path = { execution_id: execution };
    const followed = await caller.call('followExecution', { path }, { what: 'a run that has ended' });
    if (textsOf(followed).join('\n') !== textsOf(whole).join('\n'))
      noteFault(caller, 'followExecution', 'a run that has ended', 'other events than its own stream');
    await caller.call('followExecution', { path, headers: { 'Last-Event-ID': lastEventId(whole) } }, over);
    await caller.call(
      'followExecution',
      { path, query: { last_event_id: '999999' } },
      { what: 'a position that the run does not have', expect: { status: 400, code: 'invalid_cursor' } },
    );
  }
}

const textsOf = ({ events }: Answer): readonly string[] => events.map(({ data }) => data);

/** What does not fit the state of a run. */
async function wrongStates(caller: Caller): Promise<void> {
  const over = { path: { execution_id: await ended(caller) } };
  const overAlready = { what: 'a run that has ended', expect: { status: 409, code: 'execution_ended' } };
  await caller.call('cancelExecution', over, overAlready);
  await caller.call('pauseExecution', over, overAlready);
  await caller.call('resumeExecution', over, overAlready);
  const waits = { path: { execution_id: await asking(caller) } };
  await caller.call('resumeExecution', waits, {
    what: 'a run that nobody paused',
    expect: { status: 409, code: 'execution_not_paused' },
  });
  await caller.call('restartExecution', waits, {
    what: 'a run that has not ended',
    expect: { status: 409, code: 'execution_not_ended' },
  });
  await caller.call(
    'restartExecution',
    { ...over, body: { from: 'no-such-node' } },
    {
      what: 'from a node that is not there',
      expect: { status: 400, code: 'unknown_node' },
    },
  );
  await pausedTwice(caller, waits);
}

async function pausedTwice(caller: Caller, run: Input): Promise<void> {
  await caller.call('pauseExecution', run, { what: 'a run that waits', expect: { status: 202 } });
  await until(caller, run, 'paused');
  await caller.call('pauseExecution', run, {
    what: 'a run that is paused',
    expect: { status: 409, code: 'execution_not_running' },
  });
  await caller.call('resumeExecution', run, { what: 'a run that is paused', expect: { status: 202 } });
  await until(caller, run, 'waiting');
  await caller.call('cancelExecution', run, { what: 'a run that waits', expect: { status: 202 } });
  await until(caller, run, 'cancelled');
}

const LOOKS = 100;
const LOOK_MS = 50;

/** Looks at a run until it is in a state. */
async function until(caller: Caller, run: Input, status: string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    const { json } = await caller.call('getExecution', run, { what: 'a run under way' });
    if (member(json, 'status') === status) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  noteFault(caller, 'getExecution', `waiting for the status ${status}`, 'it never came');
  throw new StuckError(status);
}

async function answers(caller: Caller): Promise<void> {
  const path = { execution_id: await asking(caller, ASKS_TWICE) };
  const answer = (body: object, what: string, status: number, code?: string) =>
    caller.call(
      'answerExecution',
      { path, body },
      { what, expect: { status, ...(code !== undefined && { code }) } },
    );
  const { json } = await caller.call('getExecution', { path }, { what: 'a run that waits' });
  const [first] = [member(json, 'questions')].flat();
  const id = textOf(first, 'question_id');
  await answer(
    { question_id: 'q_none', type: 'text', text: 'x' },
    'a question that nobody asked',
    404,
    'question_not_found',
  );
  await answer(
    { question_id: id, type: 'choice', choice: 'z' },
    'a choice that there is not',
    400,
    'invalid_answer',
  );
  await answer({ question_id: id, type: 'choice', choice: 'a' }, 'a choice', 202);
  await answer({ question_id: id, type: 'choice', choice: 'b' }, 'a second answer', 409, 'question_answered');
  await caller.call('cancelExecution', { path }, { what: 'a run that waits' });
  await until(caller, { path }, 'cancelled');
  await answer(
    { question_id: id, type: 'choice', choice: 'b' },
    'an answer after the end',
    409,
    'execution_ended',
  );
}

async function skippedQuestion(caller: Caller): Promise<void> {
  const path = { execution_id: await asking(caller, ASKS) };
  const body = { question_id: 'q_2', type: 'skip' };
  await caller.call(
    'answerExecution',
    { path, body },
    { what: 'a question passed over', expect: { status: 202 } },
  );
  await until(caller, { path }, 'success');
}

async function failure(caller: Caller): Promise<void> {
  const path = { execution_id: await ended(caller, FAILS) };
  const what = 'a run that fails';
  const { json } = await caller.call('getExecution', { path }, { what, expect: { status: 200 } });
  if (member(json, 'status') !== 'failed')
    noteFault(caller, 'getExecution', what, 'its status is not failed');
  if (member(member(json, 'error'), 'code') === undefined)
    noteFault(caller, 'getExecution', what, 'it has no error');
}

async function definitions(caller: Caller): Promise<void> {
  const keyed = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
  const reused = {
    what: 'another body with the same key',
    expect: { status: 409, code: 'idempotency_key_reused' },
  };
  await caller.call('createWorkflow', { ...keyed, body: ECHO }, { what: 'with a key' });
  await caller.call('createWorkflow', { ...keyed, body: { ...ECHO, name: 'other' } }, reused);
  const content = (definition: object) => ({
    content: JSON.stringify({ format: 'flowwire/1', ...definition }),
  });
  const imported = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
  await caller.call(
    'importWorkflow',
    { ...imported, body: content(ECHO) },
    { what: 'a definition', expect: { status: 201 } },
  );
  await caller.call('importWorkflow', { ...imported, body: content(ASKS) }, reused);
  await caller.call(
    'importWorkflow',
    { body: { content: 'kind: app\nworkflow: 1', format: 'dify' } },
    { what: 'a text that is none', expect: { status: 422, code: 'import_failed' } },
  );
  const faulty = { ...ECHO, edges: [{ from: 'start', to: 'nowhere' }] };
  const refused = { what: 'an edge to nowhere', expect: { status: 422, code: 'invalid_definition' } };
  await caller.call('createWorkflow', { body: faulty }, refused);
  const path = { id: await created(caller) };
  await caller.call('updateWorkflow', { path, body: faulty }, refused);
  await caller.call(
    'updateWorkflow',
    { path, query: { after_version: 7 }, body: { ...ECHO, description: 'late' } },
    {
      what: 'a change of a version that is not the newest',
      expect: { status: 409, code: 'version_conflict' },
    },
  );
}

async function schedules(caller: Caller): Promise<void> {
  const body = { workflow_id: await created(caller), cron: '0 3 * * *', inputs: { text: 'x' } };
  const gone = { workflow_id: 'nobody-has-this-id', cron: '0 3 * * *' };
  await caller.call('createSchedule', { body: gone }, { what: 'of a workflow that is not there' });
  await caller.call('createSchedule', { body: { ...body, cron: 'now and then' } }, { what: 'at no time' });
  await caller.call(
    'createSchedule',
    { body: { ...body, inputs: {} } },
    { what: 'without an input that is needed' },
  );
}

async function missingSecret(caller: Caller): Promise<void> {
  const path = { name: `missing-${crypto.randomUUID()}` };
  const missing = { what: 'a secret that is not there', expect: { status: 404, code: 'secret_not_found' } };
  await caller.call('deleteSecret', { path }, missing);
}

/** Lists of another tenant do not show what is ours. */
async function foreignLists(caller: Caller): Promise<void> {
  const key = caller.keys.other;
  if (key === undefined) return;
  const id = await created(caller);
  const run = await ended(caller);
  for (const operationId of ['listWorkflows', 'listExecutions', 'listQueue', 'listSchedules']) {
    const { text } = await caller.call(operationId, {}, { what: "another tenant's list", key });
    if (text.includes(id) || text.includes(run))
      noteFault(caller, operationId, "another tenant's list", 'it shows ours');
  }
}

async function heldAtQuestion(caller: Caller): Promise<void> {
  const id = await created(caller, ASKS);
  const what = 'a stream that ends with a question left open';
  const stream = await caller.call(
    'executeWorkflow',
    { path: { id }, body: { inputs: {}, on_disconnect: 'continue' } },
    { what, until: isQuestion },
  );
  const names = stream.events.map(({ data }) => /"event":"(\w+)"/.exec(data)?.[1]);
  if (names[0] !== 'workflow_started' || names.at(-1) !== 'question')
    noteFault(caller, 'executeWorkflow', what, `its events are ${names.join(', ')}`);
}

export const FLOWS: readonly Flow[] = [
  { name: 'refused starts', run: refusedStarts },
  { name: 'streams taken up', run: resumedStreams },
  { name: 'wrong states', run: wrongStates },
  { name: 'answers', run: answers },
  { name: 'a question passed over', run: skippedQuestion },
  { name: 'a run that fails', run: failure },
  { name: 'definitions', run: definitions },
  { name: 'schedules', run: schedules },
  { name: 'a secret that is not there', run: missingSecret },
  { name: "another tenant's lists", run: foreignLists },
  { name: 'a question', run: heldAtQuestion },
];
