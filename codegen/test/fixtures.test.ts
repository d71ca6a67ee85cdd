import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generateApi, loadApi } from '../src/generate.ts';
import { faultsOfUsage, RUNTIME } from './compile.ts';
import { warningsOf } from './support.ts';

// One document for each version of OpenAPI, with what that version spells in its own way.

const source = (document: string, name: string) => ({
  openapi: join(import.meta.dirname, 'fixtures', document),
  out: join('generated', name),
  runtime: RUNTIME,
});

async function faultsWith(document: string, name: string, usage: string): Promise<string[]> {
  const { files } = await generateApi(source(document, name));
  return faultsOfUsage(files, usage);
}

async function warningsAbout(document: string): Promise<string[]> {
  const text = await readFile(join(import.meta.dirname, 'fixtures', document), 'utf8');
  return warningsOf({ 'openapi.yaml': text });
}

describe('OpenAPI 3.0', () => {
  test('forms, files, ranges of statuses and parameters are typed', async () => {
    const usage = `
import type { OperationsOf } from './runtime.ts';
import { type Book, type Fault, type LibraryClient, library } from './index.ts';

declare const client: LibraryClient;
type Reply = OperationsOf<typeof library>['booksSearch']['reply'];

export async function use(): Promise<Blob> {
  const found = await client.booksSearch({
    query: { page: 2, filter: { author: 'A', year: 1999, tags: ['x'] }, sort: ['year'] },
    headers: { 'X-Languages': ['de', 'fr'] },
    cookies: { theme: null },
  });
  holds<Equal<typeof found, Book[] | string>>(true);
  const added = await client.postBooks({ body: { title: 'T', subtitle: null } });
  holds<Equal<typeof added, Book>>(true);
  await client.postBooks({ contentType: 'text/plain', body: 'T' });
  await client.postBooks({ contentType: 'application/x-www-form-urlencoded', body: { title: 'T' } });
  // @ts-expect-error this media type is text
  await client.postBooks({ contentType: 'text/plain', body: { title: 'T' } });
  // @ts-expect-error there is no such order
  await client.booksSearch({ query: { sort: ['size'] } });
  const image = new Blob(['']);
  await client.putCover({ path: { id: 1 }, body: { image, others: [image], details: { width: 3 } } });
  // @ts-expect-error an image is no text
  await client.putCover({ path: { id: 1 }, body: { image: 'x' } });
  const later = await client.deleteCover({ path: { id: 1 } });
  holds<Equal<typeof later, Fault | undefined>>(true);
  return client.getCover({ path: { id: 1 } });
}

export function narrow(reply: Reply): Book[] | string | Fault | undefined {
  if (reply.status === 200) {
    holds<Equal<typeof reply.body, Book[] | string>>(true);
    if (reply.contentType === 'text/csv') return reply.body satisfies string;
    return reply.body satisfies Book[];
  }
  return reply.body satisfies Fault;
}
export const teapot: Reply = { status: 418, body: { code: 'TEAPOT' } };
export const unavailable: Reply = { status: 503, body: { code: 'SOON' } };
// @ts-expect-error a search that succeeds answers books
export const wrong: Reply = { status: 200, body: { code: 'OK' } };
// @ts-expect-error there is no such status
export const unknown: Reply = { status: 700, body: { code: 'X' } };
`;
    expect(await faultsWith('library-3.0.yaml', 'library', usage)).toEqual([]);
  });

  test('callers, parts and reading of texts are in the table', async () => {
    const { model } = await loadApi(source('library-3.0.yaml', 'library'));
    const operations = new Map(model.operations.map((operation) => [operation.operationId, operation]));
    expect(operations.get('booksSearch')?.security).toEqual([{ apiKey: [], session: [] }, {}]);
    expect(operations.get('postBooks')?.security).toEqual([{ signIn: ['write'] }]);
    expect(operations.get('booksSearch')?.parameters.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'page integer',
      'filter object',
      'sort array',
      'X-Languages array',
      'theme string',
    ]);
    expect(operations.get('putCover')?.body?.content[0]?.parts).toEqual({
      image: { kind: 'binary' },
      others: { kind: 'binary', repeated: true },
      details: { kind: 'json', contentType: 'application/json' },
      note: { kind: 'text', type: 'string' },
    });
    expect(await warningsAbout('library-3.0.yaml')).toEqual([]);
  });
});

describe('OpenAPI 3.1', () => {
  test('several media types of bodies and answers are told apart', async () => {
    const usage = `
import type { OperationsOf } from './runtime.ts';
import { type Order, orders, type OrdersClient } from './index.ts';

declare const client: OrdersClient;
type Reply = OperationsOf<typeof orders>['placeOrder']['reply'];

export async function use(): Promise<Order> {
  await client.placeOrder();
  await client.placeOrder({ body: { id: 'a', items: [{ sku: 'b' }], note: null } });
  const file = new Blob(['']);
  const body = { items: [{ sku: 'b' }], receipt: file, photos: [file], coupon: null };
  const placed = await client.placeOrder({ contentType: 'multipart/form-data', body });
  if (typeof placed === 'object' && 'v' in placed) holds<Equal<typeof placed.v, 2>>(true);
  await client.placeOrder({ contentType: 'application/octet-stream', body: file });
  // @ts-expect-error a media type is named with a body of it
  await client.placeOrder({ contentType: 'application/octet-stream' });
  // @ts-expect-error JSON has no files
  await client.placeOrder({ body });
  await client.hasOrder({ path: { id: 'a' } });
  return client.getOrder({ path: { id: 'a' }, query: { fields: ['total'] } });
}

export function narrow(reply: Reply): unknown {
  if (reply.status === 204) return undefined;
  if (reply.status !== 200) return reply.body.title satisfies string;
  if (reply.contentType === 'application/pdf') return reply.body satisfies Blob;
  if (reply.contentType === 'application/vnd.order+json') return reply.body.v satisfies 2;
  return reply.contentType === 'text/html' ? (reply.body satisfies string) : (reply.body satisfies Order);
}
`;
    expect(await faultsWith('orders-3.1.yaml', 'orders', usage)).toEqual([]);
  });

  test('what only a server would call, or a reader follow, is left out with a warning', async () => {
    expect(await warningsAbout('orders-3.1.yaml')).toEqual([
      'openapi.yaml:33 Not supported yet: callbacks. Nothing is generated for them.',
      'openapi.yaml:40 Not supported yet: webhooks. Nothing is generated for them.',
      'openapi.yaml:57 Not supported yet: links. Nothing is generated for them.',
    ]);
  });
});

describe('OpenAPI 3.2', () => {
  test('a query, a whole query string and two forms of one answer are typed', async () => {
    const usage = `
import { type Hit, search, type SearchClient } from './index.ts';
import { searchServer } from './server.ts';

declare const client: SearchClient;

export async function use(): Promise<Blob> {
  const hits: Hit[] = await client.findDocuments({ body: { text: 'x' } });
  for await (const hit of client.findDocuments.stream({ body: { text: 'x' } })) hits.push(hit);
  const lines: string = await client.findByWords({ querystring: { all: ['a'], limit: 3 } });
  // @ts-expect-error the query string is required
  await client.findByWords({});
  await client.copyDocuments();
  await client.writeBody({ path: { id: lines }, body: 'text' });
  await client.writeBody({ path: { id: 'a' }, contentType: 'text/markdown', body: '# text' });
  await client.writeBody({ path: { id: 'a' }, contentType: 'image/png', body: new Blob([]) });
  // @ts-expect-error an image is no text
  await client.writeBody({ path: { id: 'a' }, contentType: 'image/png', body: 'text' });
  return client.readBody({ path: { id: 'a' } });
}

export const { findDocuments, copyDocuments } = search.operations;
export const accepts = searchServer.inputs.findByWords.querystring;
`;
    expect(await faultsWith('search-3.2.yaml', 'search', usage)).toEqual([]);
  });

  test('methods, aliases and error codes are in the table', async () => {
    const { model } = await loadApi(source('search-3.2.yaml', 'search'));
    const [find, copy, byWords] = model.operations;
    expect(find).toMatchObject({
      method: 'QUERY',
      replies: [{ status: '200' }, { errorCodes: ['SYNTAX', 'TOO_LONG'] }],
    });
    expect(find?.streamSwitch).toBeUndefined();
    expect(copy).toMatchObject({ method: 'COPY', aliases: [] });
    expect(byWords).toMatchObject({ path: '/documents/by-words', aliases: ['/v0/documents'] });
    expect(await warningsAbout('search-3.2.yaml')).toEqual([
      'openapi.yaml:44 Not supported yet: single items of a body of application/jsonl. Such bodies are one text.',
    ]);
  });
});
