import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateApi } from '../../generate.ts';
import type { ApiView } from '../api-docs.ts';
import { allSamples, CHAT, readChat } from '../testing/chat.ts';
import { clientMessageSample, clientSocketSample } from './socket.ts';

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));

let folder: string;
let view: ApiView;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowwire-sample-types-'));
  view = (await readChat()).views.en;
  const { files } = await generateApi({ ...CHAT, out: join(folder, 'chat') });
  await mkdir(join(folder, 'chat'));
  for (const [name, content] of files) await writeFile(join(folder, 'chat', name), content);
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The faults that the compiler finds in modules, as `file: message`. */
function faultsOf(paths: readonly string[]): string[] {
  const program = ts.createProgram({
    rootNames: paths,
    options: {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      customConditions: ['@flowwire/source'],
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
      typeRoots: [join(REPOSITORY, 'node_modules/@types')],
      types: ['node'],
      paths: {
        '@flowwire/client': [join(REPOSITORY, 'packages/client/src/index.ts')],
        '@flowwire/contract': [join(REPOSITORY, 'packages/contract/src/index.ts')],
      },
    },
  });
  // Faults elsewhere are not those of the samples.
  return paths
    .flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)))
    .map(({ messageText, file }) => {
      return `${file?.fileName.slice(folder.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
}

async function writeModules(modules: ReadonlyMap<string, string>): Promise<string[]> {
  const paths = [...modules.keys()].map((name) => join(folder, `${name}.ts`));
  await Promise.all([...modules.values()].map((source, index) => writeFile(paths[index] ?? '', source)));
  return paths;
}

test('every TypeScript sample fits the generated client, sockets included', async () => {
  const modules = new Map<string, string>();
  for (const [index, { lang, operationId, source }] of allSamples(view).entries())
    if (lang === 'typescript') modules.set(`${operationId}-${index}`, source);
  expect(modules.size).toBe(8);
  for (const channel of view.events?.channels ?? []) {
    if (!channel.isSocket) continue;
    const open = clientSocketSample({ name: 'chat' }, channel);
    modules.set(`socket-${channel.key}`, open);
    for (const action of channel.actions) {
      const [message] = action.messages.filter(({ key }) => !channel.controlMessages.has(key));
      if (action.action === 'receive' && message)
        modules.set(`message-${action.key}`, `${open}\n${clientMessageSample(action, message)}`);
    }
  }
  expect([...modules.keys()].filter((name) => /^(socket|message)/.test(name))).toEqual([
    'socket-live',
    'message-receivePost',
  ]);
  expect(faultsOf(await writeModules(modules))).toEqual([]);
}, 60_000);

test('a sample that calls what is not there would be found', async () => {
  const [sample] = allSamples(view);
  const source = (sample?.source ?? '').replace('api.listRooms', 'api.listRoom');
  expect(faultsOf(await writeModules(new Map([['wrong', source]])))).toEqual([
    expect.stringContaining("Property 'listRoom' does not exist"),
  ]);
}, 60_000);
