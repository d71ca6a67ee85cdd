import { expect, test } from 'vitest';
import type { Schema } from '../../model/api.ts';
import { codeOf, compile, compileOne, errorsOf } from './testing/compile.ts';

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const person: Schema = {
  type: 'object',
  required: ['name', 'mail'],
  properties: { name: { type: 'string', minLength: 1 }, mail: { type: 'string' }, age: { type: 'integer' } },
};

test('what occurs twice is written once, whether named or not', () => {
  const code = codeOf({ Team: { type: 'object', properties: { head: person, deputy: person } } }, 'client');
  expect(code.match(/missing\('', 'mail'\)/g)).toHaveLength(1);
  expect(code).toContain('check_team_head(');
  const named = codeOf({ Person: person, Head: person, Team: { type: 'array', items: person } }, 'client');
  expect(named.match(/missing\('', 'mail'\)/g)).toHaveLength(1);
  expect(named).toContain('check_person(');
});

test('annotations and the order of keywords make no difference between schemas', () => {
  const titled: Schema = { title: 'Person', description: 'x', properties: {}, ...person, default: {} };
  const code = codeOf({ Person: person, Titled: titled }, 'client');
  expect(code.match(/missing\('', 'mail'\)/g)).toHaveLength(1);
});

test('only what exported schemas refer to is in the file', () => {
  const code = codeOf({ A: { type: 'string' }, B: { type: 'array', items: ref('A') } }, 'server');
  expect(code).not.toContain('isObject');
  expect(code).not.toContain('countCharacters');
  expect(code).not.toMatch(/\b(import|require|eval|Function)\b/);
});

test('the same schemas yield the same bytes, and a new one leaves the names of others alone', () => {
  const schemas = { Person: person, List: { type: 'array', items: ref('Person') } };
  expect(codeOf(schemas, 'client')).toBe(codeOf(schemas, 'client'));
  const more = codeOf({ Animal: { enum: ['cat', 'dog', 'cow', 'hen', 'owl'] }, ...schemas }, 'client');
  const lines = new Set(more.split('\n'));
  expect(
    codeOf(schemas, 'client')
      .split('\n')
      .filter((line) => !lines.has(line)),
  ).toEqual([]);
});

test('schemas may be called like anything in the file', () => {
  const names = ['Found', 'Fail', 'IsObject', 'Data', 'Ok', 'Values', 'Start', 'Settle', 'default', 'class'];
  const all = Object.fromEntries(names.map((name) => [name, { ...person, title: name, minProperties: 2 }]));
  const validators = compile(all, 'server');
  for (const name of names) expect(validators(name)({ name: 'a', mail: 'b' })).toBe(true);
});

test('a client is told of the first fault, a server of all', () => {
  const value = { name: '', age: 1.5 };
  expect(errorsOf(compileOne(person, 'client'), value)).toEqual(['/name minLength']);
  expect(errorsOf(compileOne(person, 'server'), value)).toEqual([
    ' required',
    '/age type',
    '/name minLength',
  ]);
});

test('a valid call clears the errors of the one before', () => {
  const validate = compileOne({ anyOf: [person, { type: 'object', required: ['id'] }] });
  expect(validate({})).toBe(false);
  const { errors } = validate;
  expect(validate({ id: 1 })).toBe(true);
  expect(validate.errors).toBeNull();
  expect(validate({})).toBe(false);
  expect(validate.errors).toEqual(errors);
});

test('errors are bounded, however many there are', () => {
  const validate = compileOne({
    type: 'array',
    items: { anyOf: [person, { type: 'object', required: ['id'] }] },
  });
  expect(validate(Array.from({ length: 5000 }, () => ({})))).toBe(false);
  expect(validate.errors).toHaveLength(1000);
  expect(validate([{ id: 1 }])).toBe(true);
});

test('repeated items of a long list are found at once', () => {
  const validate = compileOne({ uniqueItems: true });
  const items = Array.from({ length: 50_000 }, (_, index) => ({ index, list: [index] }));
  const started = process.cpuUsage();
  expect(validate(items)).toBe(true);
  expect(validate([...items, { list: [7], index: 7 }])).toBe(false);
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(3000);
});

test('a value nested too deep for the stack throws, and leaves no errors to the next call', () => {
  const tree: Schema = { type: 'array', items: { anyOf: [{ type: 'string', minLength: 1 }, ref('Tree')] } };
  const validators = compile({ Tree: tree }, 'server');
  let value: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) value = ['', value];
  expect(() => validators('Tree')(value)).toThrow(RangeError);
  expect(errorsOf(validators('Tree'), 1)).toEqual([' type']);
});

test('a value of a thousand levels is judged', () => {
  const validators = compile({ Tree: { type: 'array', items: ref('Tree') } }, 'server');
  let value: unknown[] = [];
  for (let depth = 1; depth < 1000; depth++) value = [value];
  expect(validators('Tree')(value)).toBe(true);
});

test('the errors of a union are those of the branch that its tag names', () => {
  const branch = (kind: string, name: string): Schema => ({
    type: 'object',
    required: ['kind', name],
    properties: { kind: { const: kind }, [name]: { type: 'string' } },
  });
  const oneOf = [branch('a', 'x'), branch('b', 'y')];
  const validate = compileOne({ type: 'object', discriminator: { propertyName: 'kind' }, oneOf });
  expect(errorsOf(validate, { kind: 'b', y: 1 })).toEqual(['/y type']);
  expect(errorsOf(validate, { kind: 'c' })).toEqual([' discriminator']);
  expect(validate.errors).toEqual([
    {
      instancePath: '',
      keyword: 'discriminator',
      params: { error: 'mapping', tag: 'kind', tagValue: 'c' },
      message: 'value of tag "kind" must be in oneOf',
    },
  ]);
  expect(errorsOf(validate, {})).toEqual([' discriminator']);
  expect(validate.errors?.[0]?.params).toMatchObject({ error: 'tag' });
});

test('a client hears only of the branch that the value was meant for', () => {
  const nullable: Schema = { anyOf: [person, { type: 'null' }] };
  const validate = compileOne({ properties: { who: nullable } }, 'client');
  expect(errorsOf(validate, { who: { name: 'a' } })).toEqual(['/who anyOf', '/who required']);
  expect(errorsOf(validate, { who: 1 })).toEqual(['/who anyOf']);
});

test('a file is named as such', () => {
  const validate = compileOne({ properties: { photo: { binary: true } } });
  expect(validate({ photo: 'text' })).toBe(false);
  expect(validate.errors).toEqual([
    { instancePath: '/photo', keyword: 'binary', params: {}, message: 'must be a file' },
  ]);
});

test('a reference to a schema that is not there is refused by name', () => {
  expect(() => codeOf({ A: { items: ref('Missing') } }, 'server')).toThrow(
    'No schema is called #/components/schemas/Missing.',
  );
});
