import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isFinal,
  move,
  RefusedCommandError,
  type RunCommand,
  type RunState,
  TRANSITIONS,
} from './run-state.ts';

// Sound: TRANSITIONS is total over both types.
const STATES = Object.keys(TRANSITIONS) as RunState[];
const COMMANDS = Object.keys(TRANSITIONS.queued) as RunCommand[];
const FINAL: readonly RunState[] = ['succeeded', 'failed', 'cancelled', 'timed_out'];

/** The diagram of the states, written a second time and from the commands' side. */
const allowed: Record<RunCommand, { from: readonly RunState[]; to: RunState }> = {
  claim: { from: ['queued'], to: 'running' },
  release: { from: ['running'], to: 'queued' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'queued' },
  ask: { from: ['running'], to: 'waiting' },
  answer: { from: ['waiting'], to: 'queued' },
  wake: { from: ['paused', 'waiting'], to: 'queued' },
  succeed: { from: ['running'], to: 'succeeded' },
  fail: { from: ['running'], to: 'failed' },
  cancel: { from: ['running'], to: 'cancelled' },
  time_out: { from: ['running'], to: 'timed_out' },
};

test('every state answers every command', () => {
  expect([...STATES].sort()).toEqual(['queued', 'running', 'paused', 'waiting', ...FINAL].sort());
  for (const state of STATES) expect(Object.keys(TRANSITIONS[state]).sort()).toEqual([...COMMANDS].sort());
});

test('final states are final and refuse everything', () => {
  expect(STATES.filter(isFinal)).toEqual(FINAL);
  for (const state of FINAL)
    for (const command of COMMANDS) expect(() => move(state, command)).toThrow(RefusedCommandError);
});

test('any sequence of commands goes where the diagram says', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...COMMANDS), { maxLength: 30 }), (commands) => {
      let state: RunState = 'queued';
      for (const command of commands) {
        const { from, to } = allowed[command];
        if (!from.includes(state)) {
          expect(() => move(state, command)).toThrow(RefusedCommandError);
          continue;
        }
        state = move(state, command);
        expect(state).toBe(to);
      }
    }),
  );
});
