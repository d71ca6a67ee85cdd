import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { generateApi } from '../src/generate.ts';
import { CHAT_DOCUMENTS, SPECIFICATION_DOCUMENTS } from './chat.ts';
import { temporaryFolder } from './support.ts';

const CONTRACT = join(import.meta.dirname, '../../packages/contract/src');

/** The faults of a folder's modules under the strictest settings. */
function typeFaults(files: readonly string[]): string[] {
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
      allowImportingTsExtensions: true,
      noEmit: true,
    },
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

/** Generates an API and checks it together with `usage`, a module beside it. */
async function faultsOfUsage(documents: Readonly<Record<string, string>>, usage: string): Promise<string[]> {
  const runtime = ['contract', 'client-types'].map(
    (name) => `export type * from '${CONTRACT}/${name}.ts';\n`,
  );
  const folder = await temporaryFolder({ ...documents, 'runtime.ts': runtime.join(''), 'usage.ts': usage });
  const files = await generateApi({
    openapi: join(folder, 'openapi.yaml'),
    ...('asyncapi.yaml' in documents && { asyncapi: join(folder, 'asyncapi.yaml') }),
    out: folder,
    name: 'chat',
    runtime: './runtime.ts',
  });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return typeFaults(['index.ts', 'server.ts', 'usage.ts'].map((name) => join(folder, name)));
}

test('a generated API compiles, and its types say what the document says', async () => {
  const usage = `
import type { ClientOf, OperationsOf } from './runtime.ts';
import { chat, type ChatClient, type ChatEvent, type Answer, type EndEvent } from './index.ts';
import { chatServer } from './server.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(value: T): T => value;
declare const client: ChatClient;

holds<Equal<ClientOf<typeof chat>, ChatClient>>(true);
holds<Equal<OperationsOf<typeof chatServer>['deleteChat']['reply']['status'], number>>(true);

export async function use(): Promise<Answer> {
  for await (const event of client.ask.stream({ path: { id: 'a' }, body: { text: 'hi' } })) narrow(event);
  const end: EndEvent = await client.ask.stream({ path: { id: 'a' }, body: { text: 'hi' } }).result();
  const nothing: void = await client.deleteChat({ path: { id: 'a' } });
  const notes: string = await client.readNotes();
  // @ts-expect-error the method decides the mode
  await client.ask({ path: { id: 'a' }, body: { text: 'hi', mode: 'live' } });
  // @ts-expect-error the id is required
  await client.deleteChat();
  // @ts-expect-error the limit is a number
  await client.listChats({ query: { limit: '3' } });
  return end.answer ?? { text: notes + String(nothing) };
}

function narrow(event: ChatEvent): string {
  if (event.event === 'word') return event.word;
  holds<Equal<typeof event, EndEvent>>(true);
  // @ts-expect-error an end has no word
  return event.word;
}

const accepts = chat.outputs.ask.replies['200'];
export const checked = (value: unknown): boolean => accepts?.(value) ?? false;
`;
  expect(await faultsOfUsage(CHAT_DOCUMENTS, usage)).toEqual([]);
});

test("the stream of the specification's example narrows by event", async () => {
  const usage = `
import type { ChatClient, FollowEventsEvent } from './index.ts';

declare const client: ChatClient;
const sum = (event: FollowEventsEvent): string | number => (event.event === 'addJson' ? event.data.foo : event.data);
export async function use(): Promise<number> {
  const stream = client.followEvents();
  for await (const event of stream) sum(event);
  const { data } = await stream.result();
  return data.foo;
}
`;
  expect(await faultsOfUsage(SPECIFICATION_DOCUMENTS, usage)).toEqual([]);
});
