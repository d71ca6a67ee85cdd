import { expect, test } from 'vitest';
import { canonical, toComparable } from './comparable.ts';
import { bundled, openapi } from './testing/documents.ts';
import { patched, remove, set } from './testing/patch.ts';

test('equal values are spelled alike, whatever the order of their members', () => {
  expect(canonical({ b: [1, { d: null, c: 'x' }], a: true })).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}');
});

const RUN = '/paths/~1runs~1{id}';
const same = (a: ReturnType<typeof openapi>, b: ReturnType<typeof openapi>): void =>
  expect(toComparable(bundled(a))).toEqual(toComparable(bundled(b)));

test('media types by reference read as those that are written where they are used', () => {
  const media = { schema: { $ref: '#/components/schemas/Fault' } };
  const content = `${RUN}/get/responses/404/content`;
  same(
    openapi(),
    patched(
      openapi(),
      set('/components/mediaTypes', { Fault: media }),
      set(content, { 'application/json': { $ref: '#/components/mediaTypes/Fault' } }),
    ),
  );
});

test('security that is inherited reads as security that is said', () => {
  same(openapi(), patched(openapi(), set(`${RUN}/get/security`, [{ key: ['READ'] }])));
});

test("an operation's own parameter replaces its path's", () => {
  const own = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } };
  const root = patched(openapi(), set(`${RUN}/get/parameters/1`, own), remove(`${RUN}/x-path-aliases`));
  expect(toComparable(bundled(root))).toMatchObject({
    paths: { '/runs/{id}': { get: { parameters: [{ name: 'view' }, own] }, post: { parameters: [{}] } } },
  });
});
