import { describe, expect, test } from 'vitest';
import type { CodeNode } from '../../definition/types.ts';
import type { JsonObject } from '../../events.ts';
import type { NodeContext } from '../node-type.ts';
import { code } from './code.ts';
import type { CodeJob } from './sandbox.ts';

const node: CodeNode = { id: 'c', type: 'code', language: 'javascript', source: 'function main() {}' };

/** A context whose sandbox answers `outputs` and keeps the job it was given. */
function contextWith(outputs: JsonObject) {
  const jobs: CodeJob[] = [];
  // Sound for these tests: the code node touches nothing else of it.
  const context = {
    scope: { valuesOf: () => ({ text: 'hi' }), spend: () => undefined },
    signal: new AbortController().signal,
    services: {
      code: {
        async run(job: CodeJob) {
          jobs.push(job);
          return { outputs, logs: 'printed\n' };
        },
      },
      validateSchema: (_schema: object, value: unknown) =>
        value === outputs && 'bad' in outputs
          ? [{ pointer: '/bad', code: 'type', message: 'must be string' }]
          : [],
    },
  } as unknown as NodeContext;
  return { context, jobs };
}

test('the sandbox gets the language, the inputs with their references replaced, and the limits', async () => {
  const { context, jobs } = contextWith({ n: 1 });
  const result = await code.execute({ ...node, inputs: { t: '{{ start.text }}' }, timeout_ms: 77 }, context);
  expect(result).toEqual({ outputs: { n: 1 }, logs: 'printed\n' });
  expect(jobs).toMatchObject([
    { language: 'javascript', inputs: { t: 'hi' }, timeoutMs: 77, memoryLimitMb: 32 },
  ]);
});

test('Python may take 128 MB unless the node says otherwise', async () => {
  const { context, jobs } = contextWith({});
  await code.execute({ ...node, language: 'python' }, context);
  await code.execute({ ...node, language: 'python', memory_limit_mb: 200 }, context);
  expect(jobs.map(({ memoryLimitMb }) => memoryLimitMb)).toEqual([128, 200]);
});

test('outputs that break output_schema fail the node and name the place', async () => {
  const { context } = contextWith({ bad: 1 });
  const checked = {
    ...node,
    output_schema: { type: 'object' as const, properties: { bad: { type: 'string' as const } } },
  };
  await expect(code.execute(checked, context)).rejects.toMatchObject({
    code: 'invalid_outputs',
    message: expect.stringContaining('/bad must be string'),
  });
});

describe('a source without main is a finding', () => {
  test.each([
    ['', 1],
    ['function domain() {}', 1],
    ['const main = () => ({})', 0],
    ['def main(): return {}', 0],
  ])('%j', (source, count) => {
    const findings = [
      ...(code.check?.({ ...node, source }, '/nodes/1', { name: 'w', nodes: [], edges: [] }) ?? []),
    ];
    expect(findings.map(({ code: found, pointer, nodeId }) => ({ found, pointer, nodeId }))).toEqual(
      Array.from({ length: count }, () => ({
        found: 'invalid_node',
        pointer: '/nodes/1/source',
        nodeId: 'c',
      })),
    );
  });
});
