import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readBundled } from '../bundle/read.ts';
import { DocumentError } from '../problems.ts';
import { createApiDocs } from './api-docs.ts';
import { type BundledDocument, createBundledDocument } from './document.ts';
import { LANGUAGES } from './localize.ts';
import { renderPage } from './pages.ts';
import { RENDERER_LICENSE, readRenderer } from './renderer.ts';
import { createSearchIndex } from './search-index.ts';
import { type Place, pathOf, type Site } from './site.ts';

/** The documents of one API; one of them at least. */
export interface DocsApi {
  /** In kebab-case: it names the API's folder in the site, and in samples its contract. */
  readonly name: string;
  /** Path of its OpenAPI 3.0, 3.1 or 3.2 document. */
  readonly openapi?: string;
  /** Path of its AsyncAPI 3 document. */
  readonly asyncapi?: string;
}

export interface DocsOptions {
  readonly apis: readonly DocsApi[];
  /** Folder for the site. What is not of the site is left alone. */
  readonly out: string;
  /** Heads every page; `API` when absent. */
  readonly title?: string;
  /** A module that exports `create<Name>` for each API; samples make the client of a generated contract without. */
  readonly clientModule?: string;
  /** Is offered first for trying operations; `/` is the server that serves the site. */
  readonly server?: string;
  /** Told what is being done. */
  readonly onProgress?: (text: string) => void;
}

/** Names of APIs that cannot be the site's folders. */
export class SiteNameError extends Error {
  override readonly name = 'SiteNameError';
}

/** Names that are folders of the site already. */
const TAKEN = new Set<string>(['assets', ...LANGUAGES]);

function checkNames(apis: readonly DocsApi[]): void {
  const seen = new Set<string>();
  for (const { name, openapi, asyncapi } of apis) {
    if (!/^[A-Za-z0-9][\w.-]*$/.test(name) || TAKEN.has(name))
      throw new SiteNameError(
        `${name} cannot be the name of an API's folder. Use letters, digits and hyphens.`,
      );
    if (seen.has(name))
      throw new SiteNameError(`Two APIs are called ${name}. Each needs a folder of its own.`);
    if (openapi === undefined && asyncapi === undefined)
      throw new SiteNameError(`${name} has no document. Give openapi, asyncapi or both.`);
    seen.add(name);
  }
}

async function open(path: string, kind: 'openapi' | 'asyncapi'): Promise<BundledDocument> {
  const { document } = await readBundled(path);
  if (document.kind === kind) return createBundledDocument(document.root);
  const message = `This is ${document.kind} ${document.version}, where ${kind} was to be.`;
  throw new DocumentError([{ file: path, line: 1, column: 1, message, severity: 'error' }]);
}

async function readApi({ name, openapi, asyncapi }: DocsApi) {
  const [http, events] = await Promise.all([
    openapi === undefined ? undefined : open(openapi, 'openapi'),
    asyncapi === undefined ? undefined : open(asyncapi, 'asyncapi'),
  ]);
  return { name, ...(http && { openapi: http }), ...(events && { asyncapi: events }) };
}

const ASSETS = ['site.css', 'head.js', 'shell.js', 'icon.svg'];

async function assetFiles(site: Site): Promise<[string, string][]> {
  const own = ASSETS.map(
    async (name): Promise<[string, string]> => [
      `assets/${name}`,
      await readFile(new URL(`./assets/${name}`, import.meta.url), 'utf8'),
    ],
  );
  const index = JSON.stringify(createSearchIndex(site.apis));
  return [
    ...(await Promise.all(own)),
    // A script, because pages that were opened from a disk may not fetch files.
    ['assets/search.js', `globalThis.docsSearch = ${index.replaceAll('\u2028', '\\u2028')};\n`],
    ['assets/scalar.js', await readRenderer()],
    ['assets/scalar.LICENSE.txt', RENDERER_LICENSE],
  ];
}

const placesOf = ({ apis }: Site): Place[] =>
  LANGUAGES.flatMap((language): Place[] => [
    { language, kind: 'index' },
    ...apis.flatMap(({ name, views }): Place[] => [
      ...(views[language].http ? [{ language, api: name, kind: 'http' } as const] : []),
      ...(views[language].events ? [{ language, api: name, kind: 'events' } as const] : []),
    ]),
  ]);

const documentFiles = ({ apis }: Site): [string, string][] =>
  apis.flatMap(({ name, documents }) =>
    [['openapi.json', documents.openapi] as const, ['asyncapi.json', documents.asyncapi] as const].flatMap(
      ([file, document]): [string, string][] =>
        document ? [[`${name}/${file}`, `${JSON.stringify(document.root, undefined, 2)}\n`]] : [],
    ),
  );

/** Writes a file unless it is there with the same content: whoever watches or caches it is not disturbed. */
async function writeIfChanged(path: string, content: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => undefined);
  if (found === content) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** Deletes the files that an earlier site had and this one has not; a list in the folder names them. */
async function deleteLeftovers(out: string, files: ReadonlySet<string>): Promise<void> {
  const list = join(out, MANIFEST);
  const earlier = (await readFile(list, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const gone = earlier.filter((file) => !files.has(file) && !file.split('/').includes('..'));
  await Promise.all(gone.map((file) => rm(join(out, file), { force: true })));
  await writeIfChanged(list, `${[...files].sort().join('\n')}\n`);
}

const MANIFEST = '.flowwire-docs';

/**
 * Builds a static site about APIs: every operation, message and schema, with samples and search, in English and Chinese,
 * light and dark. It needs no network, when built or when read, and works below any path.
 *
 * Answers how many pages and files it has.
 *
 * @throws DocumentError for documents that cannot be read, and SiteNameError for names that cannot be folders.
 */
export async function buildDocs(options: DocsOptions): Promise<{ pages: number; files: number }> {
  const { apis, out, title = 'API', onProgress = () => undefined } = options;
  checkNames(apis);
  const site: { title: string; apis: ReturnType<typeof createApiDocs>[] } = { title, apis: [] };
  for (const api of apis) {
    onProgress(`reading ${api.name}`);
    site.apis.push(createApiDocs(await readApi(api), options));
  }
  onProgress('writing the site');
  const places = placesOf(site);
  const files = new Map<string, string>([
    ...places.map((place): [string, string] => [pathOf(place), renderPage(site, place)]),
    ...documentFiles(site),
    ...(await assetFiles(site)),
  ]);
  for (const [path, content] of files) await writeIfChanged(join(out, path), content);
  await deleteLeftovers(out, new Set(files.keys()));
  return { pages: places.length, files: files.size };
}
