import { expect, test } from 'vitest';
import type { Validator } from '../contract.ts';
import { createMessageReader, typeOf } from './messages.ts';

function accepts(test: (data: unknown) => boolean): Validator<unknown> {
  const validate: Validator<unknown> = (data): data is unknown => {
    validate.errors = test(data) ? null : [{ instancePath: '/n', keyword: 'type', params: {} }];
    return validate.errors === null;
  };
  return validate;
}

const read = createMessageReader({
  discriminator: 'type',
  formats: [{ type: 'tick' }, { type: 'trade', untagged: true }, { type: 'book', untagged: true }],
  validators: {
    tick: accepts((data) => typeof Reflect.get(Object(data), 'n') === 'number'),
    trade: accepts((data) => Array.isArray(data) && data[0] === 'trade'),
    book: accepts(Array.isArray),
  },
});

test('a message with the discriminator is checked against the schema of its type alone', () => {
  expect(read({ type: 'tick', n: 1 })).toMatchObject({ kind: 'known', format: { type: 'tick' } });
  expect(read({ type: 'tick', n: '1' })).toMatchObject({ kind: 'invalid', errors: [{ instancePath: '/n' }] });
});

test('a message without it is known by the first schema that it fits', () => {
  expect(read(['trade'])).toMatchObject({ kind: 'known', format: { type: 'trade' } });
  expect(read(['other'])).toMatchObject({ kind: 'known', format: { type: 'book' } });
});

test.each([{ type: 'trade' }, { type: 'new', n: 1 }, { type: 7 }, 'text', null, {}])(
  '%j is unknown',
  (message) => {
    expect(read(message)).toEqual({ kind: 'unknown', message });
  },
);

test('without a discriminator every schema is tried', () => {
  const reader = createMessageReader({
    formats: [{ type: 'number' }, { type: 'any' }],
    validators: { number: accepts((data) => typeof data === 'number'), any: accepts(() => true) },
  });
  expect(reader(1)).toMatchObject({ format: { type: 'number' } });
  expect(reader('x')).toMatchObject({ format: { type: 'any' } });
});

test('a type is an own member', () => {
  expect(typeOf(Object.create({ type: 'tick' }), 'type')).toBeUndefined();
  expect(typeOf({ type: 'tick' }, undefined)).toBeUndefined();
});

test('a message without a validator is a fault of the contract', () => {
  expect(() => createMessageReader({ formats: [{ type: 'a' }], validators: {} })).toThrow('the message a');
});
