import { basename, dirname, resolve } from 'node:path';
import { type Config, loadConfig } from '../config.ts';
import type { EventStreamConvention } from '../model/build.ts';
import { type Options, textOf, UsageError, type Values } from './command.ts';

/** Options by which `generate` and `check` are told what to work on. */
export const SOURCE_OPTIONS = {
  openapi: { type: 'string' },
  asyncapi: { type: 'string' },
  schemas: { type: 'string' },
  out: { type: 'string', short: 'o' },
  name: { type: 'string' },
  runtime: { type: 'string' },
  'event-streams': { type: 'string' },
  config: { type: 'string' },
} as const satisfies Options;

export const SOURCE_HELP = `  --openapi FILE     OpenAPI 3.0, 3.1 or 3.2 document
  --asyncapi FILE    AsyncAPI 3 document: messages of streams, WebSockets
  --schemas FILE     JSON Schema (2020-12) document; goes without the others
  -o, --out DIR      folder for the generated files; it belongs to the generator
  --name NAME        name of the contract (default: the last part of DIR)
  --runtime MODULE   where generated files import types from (default: @flowwire/contract)
  --event-streams C  what itemSchema of text/event-stream describes: the whole event (spec, the default),
                     its decoded data (payload), or an event whose data is an object (object)
  --config FILE      default: flowwire.config.json
  -h, --help         this text
`;

const DEFAULT_CONFIG = 'flowwire.config.json';

const given = (values: Values, names: readonly string[]): string[] =>
  names.filter((name) => values[name] !== undefined);

const refuse = (names: readonly string[], reason: string): void => {
  if (names.length > 0) throw new UsageError(`--${names.join(', --')} ${reason}`);
};

const isEventStreams = (text: string | undefined): text is EventStreamConvention | undefined =>
  text === undefined || ['spec', 'payload', 'object'].includes(text);

function readApi(values: Values, out: string): Config['apis'][number] {
  const eventStreams = textOf(values, 'event-streams');
  if (!isEventStreams(eventStreams)) throw new UsageError('--event-streams is spec, payload or object.');
  const [openapi, asyncapi] = [textOf(values, 'openapi'), textOf(values, 'asyncapi')];
  const [name, runtime] = [textOf(values, 'name'), textOf(values, 'runtime')];
  return {
    out,
    ...(openapi !== undefined && { openapi }),
    ...(asyncapi !== undefined && { asyncapi }),
    ...(name !== undefined && { name }),
    ...(runtime !== undefined && { runtime }),
    ...(eventStreams !== undefined && { eventStreams }),
  };
}

/** What to generate: one API or schema document from the options, or all that the configuration lists. */
export async function readSources(values: Values, documents: readonly string[]): Promise<Config> {
  if (documents.length > 0)
    throw new UsageError(`${documents.join(' ')}: name documents with --openapi, --asyncapi or --schemas.`);
  const direct = given(values, ['openapi', 'asyncapi', 'schemas']);
  if (direct.length === 0) {
    refuse(given(values, ['out', 'name', 'runtime', 'event-streams']), 'goes with --openapi or --asyncapi.');
    return loadConfig(textOf(values, 'config') ?? DEFAULT_CONFIG);
  }
  refuse(given(values, ['config']), `does not go with --${direct.join(', --')}.`);
  const out = textOf(values, 'out');
  if (out === undefined) throw new UsageError('--out is missing.');
  const schemas = textOf(values, 'schemas');
  if (schemas === undefined) return { apis: [readApi(values, out)], schemas: [] };
  refuse(
    given(values, ['openapi', 'asyncapi', 'name', 'runtime', 'event-streams']),
    'does not go with --schemas.',
  );
  return { apis: [], schemas: [{ schemas, out }] };
}

/** The documents of one API, as commands that only read them take them. */
export interface DocumentPair {
  readonly name: string;
  readonly openapi?: string;
  readonly asyncapi?: string;
  readonly eventStreams?: EventStreamConvention;
}

/** Options of commands that read documents. */
export const PAIR_OPTIONS = { config: { type: 'string' } } as const satisfies Options;

/** The file's name, or its folder's where the file is but called openapi.yaml or asyncapi.json. */
function nameOf(path: string): string {
  const name = basename(path).replace(/\.[^.]*$/, '');
  const folder = basename(dirname(resolve(path)));
  return ['openapi', 'asyncapi'].includes(name) && folder !== '' ? folder : name;
}

/** The documents of one folder, told apart by what they say they are and paired in their order. */
async function pairsOf(documents: readonly string[]): Promise<DocumentPair[]> {
  const { kindOf } = await import('./document-kind.ts');
  const kinds = await Promise.all(documents.map(async (path) => ({ path, kind: await kindOf(path) })));
  const openapis = kinds.flatMap(({ path, kind }) => (kind === 'openapi' ? [path] : []));
  const asyncapis = kinds.flatMap(({ path, kind }) => (kind === 'asyncapi' ? [path] : []));
  return Array.from({ length: Math.max(openapis.length, asyncapis.length) }, (_, index) => {
    const [openapi, asyncapi] = [openapis[index], asyncapis[index]];
    return {
      name: nameOf(openapi ?? asyncapi ?? ''),
      ...(openapi !== undefined && { openapi }),
      ...(asyncapi !== undefined && { asyncapi }),
    };
  });
}

function groupByFolder(paths: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const folder = dirname(resolve(path));
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return folders;
}

/** The documents to read: those that are named, which belong together by folder, or all of the configuration. */
export async function readPairs(values: Values, documents: readonly string[]): Promise<DocumentPair[]> {
  if (documents.length === 0) {
    const { apis } = await loadConfig(textOf(values, 'config') ?? DEFAULT_CONFIG);
    return apis.map(({ name, out, openapi, asyncapi, eventStreams }) => ({
      name: name ?? basename(out),
      ...(openapi !== undefined && { openapi }),
      ...(asyncapi !== undefined && { asyncapi }),
      ...(eventStreams !== undefined && { eventStreams }),
    }));
  }
  refuse(given(values, ['config']), 'does not go with documents.');
  const folders = groupByFolder(documents);
  return (await Promise.all([...folders.values()].map(pairsOf))).flat();
}
