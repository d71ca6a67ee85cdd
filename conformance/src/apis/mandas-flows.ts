import type { Caller, Flow } from '../api.ts';
import type { Answer } from '../wire/answer.ts';
import { member, noteFault, textOf } from './bodies.ts';
import {
  AGENTS,
  created,
  endedRun,
  endedTask,
  executionWorkflow,
  TASK,
  until,
  waitingRun,
} from './mandas-runs.ts';
import { CALLS_NOTHING, ECHO } from './workflows.ts';

async function definitions(caller: Caller): Promise<void> {
  const broken = {
    ...AGENTS,
    definition_yaml: 'agents:\n  - name: A\n    type: data_analysis\n    depends_on: [B]\n',
  };
  const refused = {
    what: 'an agent that waits for nobody',
    expect: { status: 400, code: 'INVALID_DEFINITION' },
  };
  await caller.call('createWorkflow', { body: broken }, refused);
  const path = { workflow_id: await created(caller) };
  await caller.call('updateWorkflow', { path, body: broken }, refused);
  const headers = { 'If-Match': '"1"' };
  const change = (name: string) => ({ path, headers, body: { ...AGENTS, name } });
  await caller.call('updateWorkflow', change('second'), { what: 'with If-Match', expect: { status: 200 } });
  const late = { what: 'with an If-Match that is old', expect: { status: 409, code: 'VERSION_CONFLICT' } };
  await caller.call('updateWorkflow', change('third'), late);
  const version = { path: { ...path, version: 99 } };
  const missing = { what: 'a version that is not there', expect: { status: 404, code: 'VERSION_NOT_FOUND' } };
  await caller.call('getWorkflowVersion', version, missing);
  const keyed = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
  const reused = {
    what: 'another body with the same key',
    expect: { status: 409, code: 'IDEMPOTENCY_KEY_REUSED' },
  };
  await caller.call('createWorkflow', { ...keyed, body: AGENTS }, { what: 'with a key' });
  await caller.call('createWorkflow', { ...keyed, body: { ...AGENTS, name: 'other' } }, reused);
}

/** The text that was sent is the text that is answered. */
async function keptText(caller: Caller): Promise<void> {
  const path = { workflow_id: await created(caller) };
  const { json } = await caller.call('getWorkflow', { path }, { what: 'a workflow' });
  if (member(json, 'definition_yaml') !== AGENTS.definition_yaml)
    noteFault(caller, 'getWorkflow', 'a workflow', 'definition_yaml is not what was sent');
}

const MAX_PAGES = 50;

/** Follows `Link` from page to page: each item comes once, and as many as were promised. */
async function pages(caller: Caller): Promise<void> {
  const search = `page-walk-${crypto.randomUUID()}`;
  for (let count = 0; count < 5; count += 1) await created(caller, { ...AGENTS, name: `${search} ${count}` });
  const what = 'pages of two';
  const ids: string[] = [];
  let answer: Answer = await caller.call('listWorkflows', { query: { search, limit: 2 } }, { what });
  for (let page = 1; page < MAX_PAGES; page += 1) {
    const items = Array.isArray(answer.json) ? answer.json : [];
    ids.push(...items.map((item) => textOf(item, 'id')));
    if (answer.headers.get('x-total-count') !== '5')
      noteFault(caller, 'listWorkflows', what, 'X-Total-Count is not 5');
    const next = /<([^>]*)>;\s*rel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1];
    if (next === undefined) break;
    const query = Object.fromEntries(new URL(next, 'http://here').searchParams);
    answer = await caller.call('listWorkflows', { query }, { what });
  }
  if (ids.length !== 5 || new Set(ids).size !== 5)
    noteFault(caller, 'listWorkflows', what, `they have ${ids.length} of 5 items`);
  const beyond = await caller.call(
    'listWorkflows',
    { query: { search, page: 9 } },
    { what: 'a page beyond the last' },
  );
  if (beyond.text !== '[]') noteFault(caller, 'listWorkflows', 'a page beyond the last', 'it is not empty');
}

async function activeRun(caller: Caller): Promise<void> {
  const { run, workflow } = await waitingRun(caller);
  const path = { workflow_id: workflow };
  const inUse = {
    what: 'a workflow with an active run',
    expect: { status: 409, code: 'WORKFLOW_HAS_ACTIVE_RUNS' },
  };
  await caller.call('deleteWorkflow', { path }, inUse);
  await caller.call(
    'listRuns',
    { query: { workflow_id: workflow, status: 'WAITING' } },
    { what: 'filtered' },
  );
  await caller.call(
    'cancelRun',
    { path: { run_id: run } },
    { what: 'a run that waits', expect: { status: 200 } },
  );
  const over = { what: 'a run that has ended', expect: { status: 409, code: 'RUN_ALREADY_FINISHED' } };
  await caller.call('cancelRun', { path: { run_id: run } }, over);
  const { json } = await caller.call('getRun', { path: { run_id: run } }, { what: 'a cancelled run' });
  if (member(json, 'status') !== 'CANCELLED')
    noteFault(caller, 'getRun', 'a cancelled run', 'its status is not CANCELLED');
  await caller.call(
    'deleteWorkflow',
    { path },
    { what: 'a workflow whose runs have ended', expect: { status: 204 } },
  );
}

async function events(caller: Caller): Promise<void> {
  const path = { run_id: await endedRun(caller) };
  const whole = await caller.call('followRun', { path }, { what: 'a run that has ended' });
  const [first] = whole.events;
  const last = whole.events.at(-1)?.id ?? '';
  const rest = await caller.call(
    'followRun',
    { path, headers: { 'Last-Event-ID': first?.id ?? '0' } },
    { what: 'taken up' },
  );
  const texts = ({ events: list }: Answer) => list.map(({ data }) => data);
  if (texts(rest).join('\n') !== texts(whole).slice(1).join('\n'))
    noteFault(caller, 'followRun', 'taken up', 'other events follow than before');
  await caller.call(
    'followRun',
    { path, headers: { 'Last-Event-ID': last } },
    { what: 'taken up at its end', expect: { status: 204 } },
  );
  const ahead = {
    what: 'a position that it does not have',
    expect: { status: 400, code: 'INVALID_EVENT_ID' },
  };
  await caller.call('followRun', { path, query: { last_event_id: '999999' } }, ahead);
}

/** What a cancel answers to the usual faults, of a task that cannot be cancelled any more. */
async function cancelledTasks(caller: Caller): Promise<void> {
  const id = await endedTask(caller);
  const call = (task: string, what: string, status: number, code: string, key?: string | null) =>
    caller.call(
      'cancelTask',
      { path: { task_id: task } },
      { what, expect: { status, code }, ...(key !== undefined && { key }) },
    );
  await call(id, 'a task that has ended', 409, 'TASK_ALREADY_FINISHED');
  await call('nobody-has-this-id', 'an id that nobody has', 404, 'TASK_NOT_FOUND');
  await call('\u0000', 'an id with a NUL', 400, 'VALIDATION_ERROR');
  await call(id, 'no credentials', 401, 'UNAUTHORIZED', null);
  const limited = await caller.keys.without(['EXECUTE']);
  if (limited !== undefined) await call(id, 'a key without EXECUTE', 403, 'FORBIDDEN', limited);
  if (caller.keys.other !== undefined)
    await call(id, "another tenant's", 404, 'TASK_NOT_FOUND', caller.keys.other);
  const headers = { Accept: 'application/x-unheard-of' };
  const what = 'an Accept that excludes every answer';
  await caller.call('cancelTask', { path: { task_id: id }, headers }, { what, expect: { status: 406 } });
}

async function startFaults(caller: Caller): Promise<void> {
  const path = { workflow_id: await created(caller) };
  const keyed = { path, headers: { 'Idempotency-Key': crypto.randomUUID() } };
  await caller.call('startRun', { ...keyed, body: { initial_input: { a: 1 } } }, { what: 'with a key' });
  const reused = {
    what: 'another body with the same key',
    expect: { status: 409, code: 'IDEMPOTENCY_KEY_REUSED' },
  };
  await caller.call('startRun', { ...keyed, body: { initial_input: { a: 2 } } }, reused);
  const task = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
  await caller.call('createTask', { ...task, body: TASK }, { what: 'with a key' });
  await caller.call('createTask', { ...task, body: { ...TASK, input: {} } }, reused);
  const run = async (definition: object, what: string, expect: { status: number; code: string }) => {
    const body = { path: { workflow_id: await executionWorkflow(caller, definition) }, body: {} };
    await caller.call('startRun', body, { what, expect });
  };
  await run(ECHO, 'without an input that is needed', { status: 400, code: 'INVALID_INPUT' });
  await run(CALLS_NOTHING, 'a workflow that calls one that is not there', {
    status: 409,
    code: 'SUBFLOW_NOT_FOUND',
  });
}

/** A task may be over before it is cancelled: either answer is as documented. */
async function youngTask(caller: Caller): Promise<void> {
  const id = textOf(await caller.need('createTask', { body: TASK }), 'task_id');
  const path = { task_id: id };
  await caller.call(
    'cancelTask',
    { path },
    { what: 'a task that was just made', expect: { status: [200, 409] } },
  );
  await until(caller, 'getTask', { path }, ['COMPLETED', 'FAILED', 'CANCELLED']);
}

/** Lists of another tenant do not show what is ours. */
async function foreignLists(caller: Caller): Promise<void> {
  const key = caller.keys.other;
  if (key === undefined) return;
  const ours = [await created(caller), await endedRun(caller), await endedTask(caller)];
  for (const operationId of ['listWorkflows', 'listRuns', 'listTasks']) {
    const { text } = await caller.call(operationId, {}, { what: "another tenant's list", key });
    if (ours.some((id) => text.includes(id)))
      noteFault(caller, operationId, "another tenant's list", 'it shows ours');
  }
}

export const FLOWS: readonly Flow[] = [
  { name: 'definitions', run: definitions },
  { name: 'the text of a definition', run: keptText },
  { name: 'pages', run: pages },
  { name: 'an active run', run: activeRun },
  { name: 'events', run: events },
  { name: 'cancelled tasks', run: cancelledTasks },
  { name: 'starts', run: startFaults },
  { name: 'a task that was just made', run: youngTask },
  { name: "another tenant's lists", run: foreignLists },
];
