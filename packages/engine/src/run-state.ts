import type { FinalState } from './events.ts';

export type RunState = 'queued' | 'running' | 'paused' | 'waiting' | FinalState;

export type RunCommand =
  | 'claim'
  | 'release'
  | 'pause'
  | 'resume'
  | 'ask'
  | 'answer'
  | 'wake'
  | 'succeed'
  | 'fail'
  | 'cancel'
  | 'time_out';

type Row = Record<RunCommand, RunState | 'refused'>;

const refused: Row = {
  claim: 'refused',
  release: 'refused',
  pause: 'refused',
  resume: 'refused',
  ask: 'refused',
  answer: 'refused',
  wake: 'refused',
  succeed: 'refused',
  fail: 'refused',
  cancel: 'refused',
  time_out: 'refused',
};

/**
 * What each command does to a run in each state.
 *
 *   queued -claim-> running -succeed|fail|cancel|time_out-> final
 *   running -release-> queued             the process drains or died
 *   running -pause-> paused -resume-> queued
 *   running -ask-> waiting -answer-> queued
 *   paused|waiting -wake-> queued         its time is over, a cancel or, while it waits, a pause was asked for
 *
 * Only the process that has claimed a run ends it; final states refuse everything.
 */
export const TRANSITIONS: Record<RunState, Row> = {
  queued: { ...refused, claim: 'running' },
  running: {
    ...refused,
    release: 'queued',
    pause: 'paused',
    ask: 'waiting',
    succeed: 'succeeded',
    fail: 'failed',
    cancel: 'cancelled',
    time_out: 'timed_out',
  },
  paused: { ...refused, resume: 'queued', wake: 'queued' },
  waiting: { ...refused, answer: 'queued', wake: 'queued' },
  succeeded: refused,
  failed: refused,
  cancelled: refused,
  timed_out: refused,
};

/** The states from which no command leads on. */
export const isFinal = (state: RunState): state is FinalState => TRANSITIONS[state] === refused;

/** The state after a command. Throws RefusedCommandError where TRANSITIONS refuses it. */
export function move(state: RunState, command: RunCommand): RunState {
  const next = TRANSITIONS[state][command];
  if (next === 'refused') throw new RefusedCommandError(state, command);
  return next;
}

export class RefusedCommandError extends Error {
  override readonly name = 'RefusedCommandError';
  constructor(state: RunState, command: RunCommand) {
    super(`a run that is ${state} refuses ${command}`);
  }
}
