import type { Caller, Flow } from '../api.ts';
import { NODE_FLOWS } from './astron-node-flows.ts';
import { RUN_FLOWS } from './astron-run-flows.ts';
import { appId, coded, FINE, PARAMETERS, published, runnable, stored, uploaded } from './astron-runs.ts';
import { BROKEN_FLOW, STRANGE_FLOW, subflowOf } from './astron-sources.ts';
import { STREAM_FLOWS } from './astron-stream-flows.ts';
import { noteFault, textOf } from './bodies.ts';
import { ECHO } from './workflows.ts';

/** Definitions that are refused, wherever they come. */
const REFUSED = [
  { data: STRANGE_FLOW, what: 'a strange node', expect: coded(22101) },
  { data: BROKEN_FLOW, what: 'an edge to nowhere', expect: coded(22100) },
];

async function publishing(caller: Caller): Promise<void> {
  const id = await runnable(caller);
  const publish = (body: object, what: string, expect: { status: number; code: number[] | null }) =>
    caller.call('publishFlow', { body: { flow_id: id, ...body } }, { what, expect });
  await publish({ release_status: 1, plat: 1, version: 'v1.2' }, 'a version', FINE);
  await publish({ release_status: 2, plat: 4 }, 'as an API of AIUI', coded(20006));
  for (const { data, what, expect } of REFUSED)
    await publish({ release_status: 1, plat: 1, data }, what, expect);
  await publish({ release_status: 3, plat: 1 }, 'taking off', FINE);
  const off = { what: 'a flow that was taken off', expect: coded(1001, 20204) };
  const body = { flow_id: id, stream: false, parameters: PARAMETERS };
  await caller.call('createChatCompletion', { body }, off);
  await caller.call('getFlowInfo', { path: { flow_id: id } }, off);
  const lost = await stored(caller, subflowOf('nobody-has-this-id'));
  await caller.call(
    'publishFlow',
    { body: { flow_id: lost, release_status: 1, plat: 1 } },
    { what: 'a draft whose sub-flow is not there', expect: coded(1004, 20206) },
  );
}

async function bindings(caller: Caller): Promise<void> {
  const bind = (flow: string, app: string, what: string, ...codes: number[]) =>
    caller.call('bindApp', { body: { flow_id: flow, app_id: app } }, { what, expect: coded(...codes) });
  const app = await appId(caller);
  await bind(await stored(caller), app, 'a draft', 1001, 20204);
  const id = await published(caller);
  await bind(id, 'nobody-has-this-id', 'an app that is not there', 20000);
  await caller.call(
    'getFlowInfo',
    { path: { flow_id: id } },
    { what: 'a flow that the app is not bound to', expect: coded(20004) },
  );
}

async function layouts(caller: Caller): Promise<void> {
  const path = { flow_id: await stored(caller) };
  for (const { data, what, expect } of REFUSED) {
    await caller.call('addLayout', { body: { name: 'x', data } }, { what, expect });
    await caller.call('updateLayout', { path, body: { data } }, { what, expect });
  }
  const nobody = { app_id: 'nobody-has-this-id' };
  const unknown = { what: 'of an app that is not there', expect: coded(20000) };
  await caller.call('addLayout', { body: { name: 'x', ...nobody } }, unknown);
  await caller.call('updateLayout', { path, body: nobody }, unknown);
  const renamed = { what: 'another id than in the path', expect: coded(20104) };
  await caller.call('updateLayout', { path, body: { id: 'another' } }, renamed);
  const wrong = { what: 'of another app', expect: coded(20103) };
  await caller.call('deleteLayout', { body: { ...path, ...nobody } }, wrong);
  const keyed = { headers: { 'Idempotency-Key': crypto.randomUUID() } };
  await caller.call('addLayout', { ...keyed, body: { name: 'one' } }, { what: 'with a key' });
  const reused = { what: 'another body with the same key', expect: coded(1010) };
  await caller.call('addLayout', { ...keyed, body: { name: 'two' } }, reused);
}

/** A workflow of another API is a flow too, but was not written as one. */
async function foreignForm(caller: Caller): Promise<void> {
  const { json } = await caller.send({
    method: 'POST',
    target: '/api/workflow',
    headers: { Authorization: `Bearer ${caller.keys.main()}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(ECHO),
  });
  const body = { flow_id: textOf(json, 'id') };
  const foreign = { what: 'a workflow of another API', expect: coded(20105) };
  await caller.call('getLayout', { body }, foreign);
}

/** A draft was sound when it was stored, but what it runs may be gone. */
async function builds(caller: Caller): Promise<void> {
  const lost = await stored(caller, subflowOf('nobody-has-this-id'));
  const build = (id: string, what: string, ...codes: number[]) =>
    caller.call('buildLayout', { path: { flow_id: id } }, { what, expect: coded(...codes) });
  await build(lost, 'a sub-flow that is not there', 22100);
  await build('nobody-has-this-id', 'a flow that is not there', 1006, 20201);
}

/** More fields than a form may have. */
const MANY = 1_001;

async function files(caller: Caller): Promise<void> {
  const invalid = coded(1008, 23601);
  const upload = (file: File, what: string) =>
    caller.call('uploadFile', { body: { file } }, { what, expect: invalid });
  await upload(new File([], 'empty.txt'), 'an empty file');
  await upload(new File(['MZ'], 'program.exe'), 'a kind that is not allowed');
  await upload(new File(['no picture'], 'picture.png'), 'a text that says it is a picture');
  const one = new File(['fine\n'], 'fine.txt');
  const mixed = { files: [one, new File(['MZ'], 'program.exe')] };
  await caller.call('uploadFiles', { body: mixed }, { what: 'one of two is not allowed', expect: invalid });
  const tooMany = { what: 'a form with too many fields', expect: { status: 413, code: [1008, 23601] } };
  await caller.call('uploadFile', { body: { file: Array(MANY).fill(one) } }, tooMany);
  await caller.call('uploadFiles', { body: { files: Array(MANY).fill(one) } }, tooMany);
  const url = await uploaded(caller, one);
  const path = { file_id: url.split('/').at(-1) };
  const { text } = await caller.call('downloadFile', { path }, { what: 'a file' });
  if (text !== 'fine\n')
    noteFault(caller, 'downloadFile', 'a file', 'its bytes are not those that were sent');
}

/** All spellings of a path and of the header lead to the same operation. */
async function spellings(caller: Caller): Promise<void> {
  for (const { operationId, aliases = [], method } of Object.values(caller.contract.operations)) {
    for (const alias of aliases) {
      const answer = await caller.send({ method, target: alias.replaceAll(/\{[^}]*\}/g, 'x'), headers: {} });
      const what = `without credentials at ${alias}`;
      caller.ledger.note({
        api: caller.contract.name,
        operationId,
        what,
        ...(answer.status !== 401 && { fault: `expected 401, got ${answer.status}` }),
      });
    }
  }
}

export const FLOWS: readonly Flow[] = [
  ...RUN_FLOWS,
  ...STREAM_FLOWS,
  ...NODE_FLOWS,
  { name: 'publishing', run: publishing },
  { name: 'bindings', run: bindings },
  { name: 'layouts', run: layouts },
  { name: 'a workflow of another API', run: foreignForm },
  { name: 'builds', run: builds },
  { name: 'files', run: files },
  { name: 'spellings of paths', run: spellings },
];
