import type { Caller, Flow } from '../api.ts';
import { flowOf } from './astron-nodes.ts';
import {
  contentOf,
  DEBUGGED,
  finishReason,
  framesOf,
  MODES,
  type Mode,
  PARAMETERS,
  RELEASED,
} from './astron-runs.ts';
import { codeSteps, ECHO_FLOW, OPTION_FLOW, REPEATS } from './astron-sources.ts';
import { member, noteFault, textOf } from './bodies.ts';

const stepOf = (frame: unknown): unknown => member(frame, 'workflow_step');
const progressOf = (frame: unknown): number => Number(member(stepOf(frame), 'progress'));

/** Streams a flow, or the answer to a question; answers its frames. */
async function streamed(
  caller: Caller,
  operationId: string,
  body: object,
  what: string,
): Promise<readonly unknown[]> {
  const answer = await caller.call(
    operationId,
    { body: { ...body, stream: true } },
    { what, expect: { status: 200 } },
  );
  const frames = framesOf(answer);
  const fault = (text: string): void => noteFault(caller, operationId, what, text);
  const falls = frames.some((frame, index) => index > 0 && progressOf(frame) < progressOf(frames[index - 1]));
  if (falls) fault(`its progress falls: ${frames.map(progressOf)}`);
  const ids = new Set(frames.map((frame) => member(frame, 'id')));
  if (ids.size !== 1) fault(`its frames have ${ids.size} ids`);
  const ends = frames.filter((frame) => /^(stop|interrupt)$/.test(String(finishReason(frame))));
  if (ends.length !== 1 || ends[0] !== frames.at(-1)) fault('it does not end with its one last frame');
  return frames;
}

/** The text of a stream is that of one answer. */
async function texts(caller: Caller, { run, make }: Mode): Promise<void> {
  const what = 'a streamed run';
  const body = { flow_id: await make(caller, ECHO_FLOW), parameters: PARAMETERS };
  const frames = await streamed(caller, run, body, what);
  const single = await caller.call(run, { body: { ...body, stream: false } }, { what: 'one answer' });
  if (frames.map(contentOf).join('') !== contentOf(single.json))
    noteFault(caller, run, what, 'its text is not that of one answer');
  if (finishReason(frames.at(-1)) !== 'stop') noteFault(caller, run, what, 'it does not end with stop');
}

const isCounted = (frames: readonly unknown[]): boolean =>
  frames.every((frame, index) => member(stepOf(frame), 'seq') === index + 1);

/** A question closes the stream; the answer goes on in another one, which counts anew. */
async function question(caller: Caller, { run, resume, make }: Mode): Promise<void> {
  const what = 'a streamed question';
  const body = { flow_id: await make(caller, OPTION_FLOW), parameters: PARAMETERS };
  const asked = await streamed(caller, run, body, what);
  if (finishReason(asked.at(-1)) !== 'interrupt')
    noteFault(caller, run, what, 'it does not end with interrupt');
  const event = textOf(member(asked.at(-1), 'event_data'), 'event_id');
  const resumed = await streamed(caller, resume, { event_id: event, content: 'A' }, what);
  if (finishReason(resumed.at(-1)) !== 'stop') noteFault(caller, resume, what, 'it does not end with stop');
  if (member(asked[0], 'id') === member(resumed[0], 'id'))
    noteFault(caller, resume, what, 'it has the id of the stream before it');
  if (run !== RELEASED.run) return;
  if (!isCounted(asked)) noteFault(caller, run, what, 'its frames are not counted from 1');
  if (!isCounted(resumed)) noteFault(caller, resume, what, 'its frames are not counted from 1');
}

interface ToldNode {
  readonly id: string;
  readonly isEnd: boolean;
}

const nodeOf = (frame: unknown): ToldNode => {
  const node = member(stepOf(frame), 'node');
  return { id: textOf(node, 'id'), isEnd: member(node, 'finish_reason') === 'stop' };
};

/** A debugged stream begins and ends with the whole flow; between, each node begins and then ends. */
async function debugged(caller: Caller): Promise<void> {
  const { run, make } = DEBUGGED;
  const what = 'a debugged run';
  const fault = (text: string): void => noteFault(caller, run, what, text);
  const flow = flowOf('code', codeSteps(REPEATS));
  const id = await make(caller, flow);
  const frames = await streamed(caller, run, { flow_id: id, parameters: PARAMETERS }, what);
  const nodes = frames.map(nodeOf);
  const [first, last] = [nodes[0], nodes.at(-1)];
  if (first?.id !== 'flow_obj' || first.isEnd) fault('it does not begin with the begin of the flow');
  if (last?.id !== 'flow_obj' || !last.isEnd) fault('it does not end with the end of the flow');
  for (const one of flow.data.nodes) {
    const told = nodes.filter((told) => told.id === one.id);
    const ends = told.filter(({ isEnd }) => isEnd).length;
    if (told.length < 2 || ends !== 1 || told.at(-1)?.isEnd !== true)
      fault(`${one.id} does not begin and then end once`);
  }
}

export const STREAM_FLOWS: readonly Flow[] = [
  ...MODES.flatMap((mode): Flow[] => [
    { name: `texts of streams, ${mode.run}`, run: (caller) => texts(caller, mode) },
    { name: `a streamed question, ${mode.run}`, run: (caller) => question(caller, mode) },
  ]),
  { name: 'a debugged run', run: debugged },
];
