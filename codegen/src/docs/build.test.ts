import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DocumentError } from '../problems.ts';
import { buildDocs } from './build.ts';
import { CHAT } from './testing/chat.ts';

let root: string;
let out: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flowwire-docs-'));
  out = join(root, 'site');
});

afterEach(() => rm(root, { recursive: true, force: true }));

const read = (path: string): Promise<string> => readFile(join(out, path), 'utf8');

/** Writes a document and answers its path. */
async function document(name: string, content: object): Promise<string> {
  const path = join(root, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

const minimal = (info: object = {}) => ({
  openapi: '3.0.3',
  info: { title: 'Old', version: '1', ...info },
  paths: { '/health': { get: { responses: { '204': { description: 'Well.' } } } } },
});

describe('buildDocs', () => {
  test('has a page of each kind in each language, and the documents as one file each', async () => {
    const progress: string[] = [];
    const built = await buildDocs({
      apis: [CHAT],
      out,
      title: 'Acme',
      onProgress: (text) => progress.push(text),
    });
    expect(built).toEqual({ pages: 6, files: 15 });
    for (const page of ['index.html', 'chat/index.html', 'chat/events/index.html'])
      for (const path of [page, `zh/${page}`]) expect(await read(path), path).toContain('Acme');
    expect(JSON.parse(await read('chat/openapi.json'))).toMatchObject({ openapi: '3.2.0' });
    expect(await read('chat/openapi.json')).not.toContain('asyncapi.yaml');
    expect(JSON.parse(await read('chat/asyncapi.json'))).toMatchObject({ asyncapi: '3.1.0' });
    expect(await read('assets/scalar.LICENSE.txt')).toContain('MIT License');
    expect(progress).toEqual(['reading chat', 'writing the site']);
  });

  test('every link and every asset leads to a file of the site', async () => {
    await buildDocs({ apis: [CHAT], out });
    const pages = (await readdir(out, { recursive: true })).filter((path) => path.endsWith('.html'));
    const missing: string[] = [];
    for (const page of pages) {
      // The document in the page has links of its own.
      const shell = (await read(page)).replace(/<script type="application\/json".*?<\/script>/gs, '');
      for (const [, target = ''] of shell.matchAll(/(?:href|src)="([^"#]*)/g))
        if (!existsSync(join(out, dirname(page), target))) missing.push(`${page}: ${target}`);
      expect(shell).not.toMatch(/(?:href|src)="(?:https?:|\/)/);
    }
    expect(pages).toHaveLength(6);
    expect(missing).toEqual([]);
  });

  test('building again leaves files that are the same as they are', async () => {
    await buildDocs({ apis: [CHAT], out });
    const before = await stat(join(out, 'chat/index.html'));
    await buildDocs({ apis: [CHAT], out });
    expect((await stat(join(out, 'chat/index.html'))).mtimeMs).toBe(before.mtimeMs);
  });

  test('what an earlier site had is deleted, what is not of a site is left alone', async () => {
    await buildDocs({ apis: [CHAT], out });
    await writeFile(join(out, 'chat', 'mine.txt'), 'mine');
    await buildDocs({ apis: [{ name: 'old', openapi: await document('old.json', minimal()) }], out });
    expect(existsSync(join(out, 'chat/index.html'))).toBe(false);
    expect(existsSync(join(out, 'old/index.html'))).toBe(true);
    expect(await read('chat/mine.txt')).toBe('mine');
  });

  test('a title cannot break out of the page, nor a description out of its script', async () => {
    const info = {
      title: '<script>alert(1)</script>',
      description: 'Says </script><script>alert(2)</script>',
    };
    await buildDocs({ apis: [{ name: 'old', openapi: await document('old.json', minimal(info)) }], out });
    for (const page of ['index.html', 'old/index.html']) {
      const text = await read(page);
      expect(text).not.toContain('<script>alert');
      expect(text.match(/<script/g)?.length).toBe(text.match(/<\/script>/g)?.length);
    }
    expect(await read('index.html')).toContain('&lt;script&gt;alert(1)');
  });

  test('an API may have messages only, or operations only', async () => {
    const { openapi, asyncapi } = CHAT;
    const built = await buildDocs({
      apis: [
        { name: 'a', openapi },
        { name: 'b', asyncapi },
      ],
      out,
    });
    expect(built.pages).toBe(6);
    expect(existsSync(join(out, 'a/events/index.html'))).toBe(false);
    expect(existsSync(join(out, 'b/index.html'))).toBe(false);
    expect(await read('index.html')).toContain('href="b/events/index.html"');
    expect(await read('a/index.html')).toContain('href="../b/events/index.html"');
  });

  test.each([
    ['a name that leads elsewhere', [{ name: '../up', openapi: 'x' }], '../up cannot be the name'],
    ['a name that the site needs', [{ name: 'zh', openapi: 'x' }], 'zh cannot be the name'],
    ['one name twice', [CHAT, CHAT], 'Two APIs are called chat'],
    ['an API without documents', [{ name: 'none' }], 'none has no document'],
  ])('refuses %s', async (_name, apis, message) => {
    await expect(buildDocs({ apis, out })).rejects.toThrow(message);
    expect(existsSync(out)).toBe(false);
  });

  test('a document of another kind, and one that is not there, are told with their file', async () => {
    const faults = async (openapi: string) =>
      buildDocs({ apis: [{ name: 'old', openapi }], out }).catch((error: unknown) => error);
    const swagger = await faults(await document('swagger.json', { swagger: '2.0' }));
    expect(swagger).toBeInstanceOf(DocumentError);
    expect(swagger).toMatchObject({ message: expect.stringMatching(/swagger\.json:1:1 .*OpenAPI 3/) });
    expect(await faults(CHAT.asyncapi)).toMatchObject({
      message: expect.stringContaining('where openapi was'),
    });
    expect(await faults(join(root, 'missing.yaml'))).toBeInstanceOf(DocumentError);
  });
});
