import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { readBundled } from '../../bundle/read.ts';
import { createApiDocs } from '../api-docs.ts';
import { createBundledDocument } from '../document.ts';
import { allSamples } from '../testing/chat.ts';
import type { CodeSample } from './operation-samples.ts';

const SPECS = fileURLToPath(new URL('../../../../specs/', import.meta.url));

const apis = (await readdir(SPECS)).filter((name) => existsSync(join(SPECS, name, 'openapi.yaml')));

/** What is wrong with the syntax of a module. */
const faultsOf = ({ lang, source }: CodeSample): string[] =>
  ts
    .transpileModule(source, {
      fileName: lang === 'typescript' ? 'sample.ts' : 'sample.mjs',
      reportDiagnostics: true,
      compilerOptions: { allowJs: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
    })
    .diagnostics?.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')) ?? [];

describe.each(apis)('the samples of %s can be parsed', (name) => {
  let samples: (CodeSample & { operationId: string })[];

  beforeAll(async () => {
    const { document } = await readBundled(join(SPECS, name, 'openapi.yaml'));
    const openapi = createBundledDocument(document.root);
    const docs = createApiDocs({ name, openapi }, { clientModule: '@flowwire/client' });
    samples = allSamples(docs.views.en);
    const operations = docs.views.en.http?.operations ?? [];
    // Three ways at least to call each operation.
    expect(samples.length).toBeGreaterThanOrEqual(operations.length * 3);
  });

  test('by TypeScript', () => {
    const found = samples
      .filter(({ lang }) => lang !== 'curl')
      .flatMap((sample) =>
        faultsOf(sample).map((fault) => `${sample.operationId} ${sample.label}: ${fault}`),
      );
    expect(found).toEqual([]);
  });

  test('by bash', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flowwire-shell-'));
    try {
      const path = join(folder, 'all.sh');
      const commands = samples.filter(({ lang }) => lang === 'curl').map(({ source }) => source);
      await writeFile(path, `${commands.join('\n\n')}\n`);
      expect(execFileSync('bash', ['-n', path]).toString()).toBe('');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
