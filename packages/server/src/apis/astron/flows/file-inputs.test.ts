import { expect, test } from 'vitest';
import { faultsOfFiles } from './file-inputs.ts';

/** Judges the files of an input, and counts how many were looked up. */
async function judge(value: unknown) {
  let looks = 0;
  const check = async (_tenantId: string, url: string) => {
    looks += 1;
    return url.endsWith('gone') ? ('not_found' as const) : undefined;
  };
  const faults = await faultsOfFiles({ check }, 't', [{ name: 'a/b' }], { 'a/b': value });
  return { looks, faults };
}

const many = (count: number, url: string) => Array.from({ length: count }, () => url);

test.each([[undefined], [null], [''], [[]], ['http://x/file'], [['http://x/1', 'http://x/2']]])(
  '%j has no faults',
  async (value) => {
    expect((await judge(value)).faults).toBeUndefined();
  },
);

test('each address is judged, and named by its place', async () => {
  const { faults } = await judge(['http://x/1', 'http://x/gone', 7]);
  expect(faults).toMatchObject({
    error: 'FILE_INVALID_ERROR',
    findings: [{ pointer: '/parameters/a~1b/1' }, { pointer: '/parameters/a~1b/2' }],
  });
});

test('no more than 1,000 files are looked up, and no more than 100 faults told', async () => {
  expect(await judge(many(1_001, 'http://x/1'))).toMatchObject({
    looks: 0,
    faults: { error: 'FILE_VARIABLE_PROTOCOL_ERROR', detail: 'a/b has more than 1000 files' },
  });
  const { looks, faults } = await judge(many(1_000, 'http://x/gone'));
  expect([looks, faults?.findings.length]).toEqual([100, 100]);
});
