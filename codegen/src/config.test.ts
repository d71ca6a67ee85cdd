import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../test/support.ts';
import { loadConfig } from './config.ts';

test('paths are relative to the file', async () => {
  const folder = await temporaryFolder({
    'flowwire.config.json':
      '{"apis":[{"openapi":"a.yaml","out":"out/a","name":"b"}],"schemas":[{"schemas":"s.yaml","out":"out/s"}]}',
  });
  expect(await loadConfig(join(folder, 'flowwire.config.json'))).toEqual({
    apis: [{ openapi: join(folder, 'a.yaml'), out: join(folder, 'out/a'), name: 'b' }],
    schemas: [{ schemas: join(folder, 's.yaml'), out: join(folder, 'out/s') }],
  });
});

test.each([
  ['{', 'is not JSON'],
  ['{"api":[]}', 'api is not known'],
  ['{"apis":{}}', 'apis is not a list'],
  ['{"apis":[{"openapi":"a.yaml"}]}', 'apis[0].out is missing'],
  ['{"apis":[{"out":"a"}]}', 'apis[0] needs openapi or asyncapi'],
  [
    '{"apis":[{"openapi":"a","out":"a","eventStreams":"x"}]}',
    'apis[0].eventStreams is spec, payload or object',
  ],
  ['{"apis":[{"openapi":1,"out":"a"}]}', 'apis[0].openapi is not text'],
  ['{"apis":[{"openapi":"a","out":"a","watch":"x"}]}', 'apis[0].watch is not known'],
])('%s is refused: %s', async (given, said) => {
  const folder = await temporaryFolder({ 'flowwire.config.json': given });
  await expect(loadConfig(join(folder, 'flowwire.config.json'))).rejects.toThrow(said);
});
