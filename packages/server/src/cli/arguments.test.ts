import { describe, expect, test } from 'vitest';
import { readArguments, readExpiry } from './arguments.ts';
import { type Command, UsageError } from './command.ts';

const COMMAND: Command = {
  usage: 'things make',
  about: 'Makes a thing.',
  values: ['name', 'parts'],
  flags: ['json'],
  operand: 'THING',
  plan: () => async () => {},
};
const read = (...args: string[]) => readArguments(args, COMMAND);

describe('arguments', () => {
  test('are options with and without a value, and one that is no option, in any order', () => {
    const args = read('it', '--name', 'a b', '--json', '--parts=x, y');
    expect(args.required('name')).toBe('a b');
    expect(args.flag('json')).toBe(true);
    expect(args.list('parts')).toEqual(['x', 'y']);
    expect(args.operand()).toBe('it');
    expect(args.isHelp).toBe(false);
  });

  test('may be absent', () => {
    const args = read();
    expect([args.text('name'), args.list('parts'), args.flag('json')]).toEqual([undefined, undefined, false]);
  });

  test.each<[name: string, call: () => unknown, message: string]>([
    ['an option that is not known', () => read('--colour'), '--colour'],
    ['an option without its value', () => read('--name'), '--name'],
    ['a value where there is none to be', () => read('--json=yes'), '--json'],
    ['one argument too many', () => read('it', 'that'), 'unknown argument that'],
    ['a needed option that is missing', () => read().required('name'), '--name is missing'],
    ['a needed option that is empty', () => read('--name=').required('name'), '--name is missing'],
    ['a needed argument that is missing', () => read().operand(), 'THING is missing'],
  ])('are refused for %s', (_, call, message) => {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });

  test('are not looked at where help is asked for', () => {
    expect(read('one', 'two', '--help').isHelp).toBe(true);
  });
});

describe('an expiry', () => {
  const NOW = Date.parse('2026-11-20T12:00:00Z');

  test.each([
    ['30d', '2026-12-20T12:00:00Z'],
    ['12h', '2026-11-21T00:00:00Z'],
    ['90m', '2026-11-20T13:30:00Z'],
    ['2027-01-31', '2027-01-31T00:00:00Z'],
    ['2027-01-31T12:00Z', '2027-01-31T12:00:00Z'],
    ['2027-01-31T12:00:00+02:00', '2027-01-31T10:00:00Z'],
  ])('of %s is %s', (text, at) => {
    expect(readExpiry(text, NOW)).toBe(Date.parse(at));
  });

  test.each(['soon', '30', '30 d', '-1d', '0d', '1y', '2027', '2027-13-01', '2027-01-31T12:00:00', ''])(
    'cannot be "%s"',
    (text) => {
      expect(() => readExpiry(text, NOW)).toThrow(UsageError);
    },
  );

  test.each(['2026-11-20', '2026-11-20T12:00:00Z'])('cannot be over, as %s', (text) => {
    expect(() => readExpiry(text, NOW)).toThrow('not in the future');
  });
});
