import { expect, test } from 'vitest';
import { open, schemaDocument } from '../schemas.testing.ts';

const convertPart = async (schema: unknown, version: string, others: object = {}): Promise<unknown> => {
  const { table, at } = await open({ 'openapi.json': schemaDocument({ X: schema, ...others }, version) });
  return table.convertPart(at('/components/schemas/X'));
};

const bytes = { type: 'string', format: 'binary' };

test.each<[schema: unknown, version: string, part: unknown]>([
  [bytes, '3.0.3', { binary: true }],
  [
    { ...bytes, description: 'A picture.', nullable: true },
    '3.0.3',
    { description: 'A picture.', binary: true },
  ],
  [{ type: 'string', format: 'byte' }, '3.0.3', { type: 'string', format: 'byte' }],
  [{ type: 'string', contentMediaType: 'application/octet-stream' }, '3.1.0', { binary: true }],
  [{ contentMediaType: 'image/png' }, '3.2.0', { binary: true }],
  [{ type: 'string', contentMediaType: 'image/png', contentEncoding: 'base64' }, '3.1.0', { type: 'string' }],
  [{ type: 'string', contentMediaType: 'text/csv' }, '3.1.0', { type: 'string' }],
  [{ type: 'string', contentMediaType: 'application/problem+json' }, '3.1.0', { type: 'string' }],
  [
    { type: 'array', items: bytes, maxItems: 2 },
    '3.0.3',
    { type: 'array', items: { binary: true }, maxItems: 2 },
  ],
  [{ type: 'array', items: { type: 'string' } }, '3.0.3', { type: 'array', items: { type: 'string' } }],
  [{}, '3.1.0', {}],
  [true, '3.1.0', true],
])('the part %j of OpenAPI %s is %j', async (schema, version, part) => {
  expect(await convertPart(schema, version)).toEqual(part);
});

test('a part that refers to bytes is bytes, and others are what they refer to', async () => {
  const reference = { $ref: '#/components/schemas/File' };
  expect(await convertPart(reference, '3.0.3', { File: bytes })).toEqual({ binary: true });
  expect(await convertPart(reference, '3.0.3', { File: { type: 'array', items: bytes } })).toEqual({
    type: 'array',
    items: { binary: true },
  });
  expect(
    await convertPart({ $ref: '#/components/schemas/Text' }, '3.1.0', { Text: { type: 'string' } }),
  ).toEqual({
    $ref: '#/components/schemas/Text',
  });
});
