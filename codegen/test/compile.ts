import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import type { Files } from '../src/emit/api.ts';
import { temporaryFolder } from './support.ts';

const CONTRACT = join(import.meta.dirname, '../../packages/contract/src');

/** The module that generated files of tests import their types from. */
export const RUNTIME = './runtime.ts';

/** What that module says. */
export const RUNTIME_TYPES = ['contract', 'operation', 'channel', 'client-types']
  .map((name) => `export type * from '${CONTRACT}/${name}.ts';\n`)
  .join('');

/** What is wrong with modules, and with what they import, under the strictest settings. */
export function typeFaults(files: readonly string[]): string[] {
  const program = ts.createProgram({
    rootNames: [...files],
    options: {
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      types: [],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      erasableSyntaxOnly: true,
      noUnusedLocals: true,
      skipDefaultLibCheck: true,
      allowImportingTsExtensions: true,
      // For the contract, whose type is in a comment.
      allowJs: true,
      checkJs: true,
      noEmit: true,
    },
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

/** What is wrong with generated files, and with `usage`, a module beside them that imports `index.ts`. */
export async function faultsOfUsage(files: Files, usage: string): Promise<string[]> {
  const folder = await temporaryFolder({ 'runtime.ts': RUNTIME_TYPES, 'usage.ts': `${HELPERS}${usage}` });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return typeFaults(['index.ts', 'server.ts', 'contract.js', 'usage.ts'].map((name) => join(folder, name)));
}

const HELPERS = `
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
export const holds = <T extends true>(value: T): T => value;
`;
