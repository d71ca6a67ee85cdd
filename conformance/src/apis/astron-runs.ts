import { type Caller, StuckError } from '../api.ts';
import { type Answer, parseJson } from '../wire/answer.ts';
import { ECHO_FLOW } from './astron-sources.ts';
import { member, textOf } from './bodies.ts';

/** A refusal with one of these codes. */
export const coded = (...codes: number[]) => ({ status: 200, code: codes });
/** A success. */
export const FINE = { status: 200, code: null };

/** The app that the main key stands for. */
export async function appId(caller: Caller): Promise<string> {
  const answer = await caller.send({
    method: 'GET',
    target: '/identity/me',
    headers: { Authorization: `Bearer ${caller.keys.main()}` },
  });
  return textOf(answer.json, 'key_id');
}

const TO_GO_ON = { what: 'a flow to go on with', expect: FINE };

/** A stored flow to go on with. */
export async function stored(caller: Caller, data: object = ECHO_FLOW): Promise<string> {
  const body = { name: 'conformance', data };
  return textOf(member(await caller.need('addLayout', { body }, TO_GO_ON), 'data'), 'flow_id');
}

/** A flow that is published on the platform 1. */
export async function published(caller: Caller, data: object = ECHO_FLOW): Promise<string> {
  const id = await stored(caller, data);
  await caller.need('publishFlow', { body: { flow_id: id, release_status: 1, plat: 1 } }, TO_GO_ON);
  return id;
}

/** A published flow that the main key's app is bound to. */
export async function runnable(caller: Caller, data: object = ECHO_FLOW): Promise<string> {
  const id = await published(caller, data);
  await caller.need('bindApp', { body: { flow_id: id, app_id: await appId(caller) } }, TO_GO_ON);
  return id;
}

export const PARAMETERS = { AGENT_USER_INPUT: 'hello' };

/** One of the two ways to run flows: as they were released, or as drafts that are debugged. */
export interface Mode {
  readonly run: 'createChatCompletion' | 'debugChatCompletion';
  readonly resume: 'resumeChat' | 'resumeDebugChat';
  /** A flow that can be run this way. */
  readonly make: (caller: Caller, data?: object) => Promise<string>;
}

export const RELEASED: Mode = { run: 'createChatCompletion', resume: 'resumeChat', make: runnable };
export const DEBUGGED: Mode = { run: 'debugChatCompletion', resume: 'resumeDebugChat', make: stored };
export const MODES: readonly Mode[] = [RELEASED, DEBUGGED];

/** A run that asks; answers its event id. */
export async function interrupted(
  caller: Caller,
  { run, make }: Mode,
  data: object,
  parameters: object = PARAMETERS,
): Promise<string> {
  const body = { flow_id: await make(caller, data), stream: false, parameters };
  const answer = await caller.need(run, { body }, { what: 'a run that asks', expect: FINE });
  return textOf(member(answer, 'event_data'), 'event_id');
}

/** The address of an uploaded file. */
export async function uploaded(caller: Caller, file: File): Promise<string> {
  const answer = await caller.need('uploadFile', { body: { file } }, { what: 'a file to go on with' });
  return textOf(member(answer, 'data'), 'url');
}

/** The frames of a stream. */
export const framesOf = ({ events }: Answer): readonly unknown[] =>
  events.map(({ data }) => {
    const frame = parseJson(data);
    if (frame === undefined) throw new StuckError(data);
    return frame;
  });

export const finishReason = (frame: unknown): unknown => {
  const [choice] = [member(frame, 'choices')].flat();
  return member(choice, 'finish_reason');
};

export const contentOf = (frame: unknown): string => {
  const [choice] = [member(frame, 'choices')].flat();
  return String(member(member(choice, 'delta'), 'content') ?? '');
};
