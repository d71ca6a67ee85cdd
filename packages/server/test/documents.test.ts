import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentRoutes } from '../src/documents/middleware.ts';
import { securityHeaders } from '../src/http/security-headers.ts';
import { urlOfServer } from './support/server-url.ts';

let root: string;
let server: Server;
let url: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flowwire-documents-'));
  await mkdir(join(root, 'specs', 'chat'), { recursive: true });
  await writeFile(join(root, 'specs', 'chat', 'openapi.yaml'), 'openapi: 3.2.0\n');
  await writeFile(join(root, 'specs', 'chat', 'notes.txt'), 'not a document');
  const app = new Koa();
  app.use(securityHeaders({ isHttps: false, isShared: false }));
  app.use(documentRoutes({ site: join(root, 'site'), specs: join(root, 'specs') }));
  app.use((ctx) => {
    ctx.status = 404;
    ctx.body = { code: 'route_not_found' };
  });
  server = createServer(app.callback());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = urlOfServer(server);
});

afterEach(async () => {
  server.close();
  await rm(root, { recursive: true, force: true });
});

async function buildSite(): Promise<void> {
  await mkdir(join(root, 'site', 'chat'), { recursive: true });
  await writeFile(join(root, 'site', 'index.html'), '<p>all APIs');
  await writeFile(join(root, 'site', 'chat', 'index.html'), '<p>chat');
  await writeFile(join(root, 'site', 'scalar.js'), 'x'.repeat(5000));
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { headers, redirect: 'manual' });

/** A path as it is; fetch would tidy it up. */
async function statusOfRaw(path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  const sent = request({ host: hostname, port, path });
  sent.end();
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

describe('/docs', () => {
  test('answers pages of folders, with a policy that lets nothing in from elsewhere', async () => {
    await buildSite();
    const response = await get('/docs/chat/');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<p>chat');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  test.each([
    ['/docs', '/docs/'],
    ['/docs/chat', '/docs/chat/'],
    ['/specs', '/specs/'],
  ])('%s leads to %s, so that relative links hold', async (path, location) => {
    await buildSite();
    const response = await get(path);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe(location);
  });

  test('a page that the browser has is not sent again', async () => {
    await buildSite();
    const first = await get('/docs/');
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('no-cache');
    // What browsers send; fetch in Node would ask to bypass every cache.
    const condition = { 'if-none-match': etag, 'cache-control': 'max-age=0' };
    const second = await get('/docs/', condition);
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
    await writeFile(join(root, 'site', 'index.html'), '<p>all APIs, and one more');
    expect((await get('/docs/', condition)).status).toBe(200);
  });

  test('large files are compressed for those who can read it, under another entity tag', async () => {
    await buildSite();
    const plain = await get('/docs/scalar.js', { 'accept-encoding': 'identity' });
    const zipped = await get('/docs/scalar.js', { 'accept-encoding': 'gzip' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(Number(zipped.headers.get('content-length'))).toBeLessThan(200);
    expect(await zipped.text()).toBe(await plain.text());
    expect(zipped.headers.get('etag')).not.toBe(plain.headers.get('etag'));
    expect(zipped.headers.get('vary')).toBe('Accept-Encoding');
  });

  test('HEAD answers the headers alone, and other methods are refused with what is allowed', async () => {
    await buildSite();
    const head = await fetch(`${url}/docs/`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('11');
    const post = await fetch(`${url}/docs/`, { method: 'POST' });
    expect(post.status).toBe(405);
    expect(post.headers.get('allow')).toBe('GET, HEAD');
  });

  test('while it is not built, a page says how to build it, and it is there as soon as it is', async () => {
    const missing = await get('/docs/chat/');
    expect(missing.status).toBe(404);
    expect(missing.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(missing.headers.get('cache-control')).toBe('no-store');
    expect(await missing.text()).toContain('npm run docs');
    await buildSite();
    expect((await get('/docs/chat/')).status).toBe(200);
  });

  test('what is not there goes on to the next handler', async () => {
    await buildSite();
    expect(await (await get('/docs/missing.html')).json()).toEqual({ code: 'route_not_found' });
    expect(await (await get('/documents')).json()).toEqual({ code: 'route_not_found' });
  });

  test.each(['/docs/../specs/chat/openapi.yaml', '/docs/..%2f..%2fetc/hostname', '/docs/%2e%2e/x.html'])(
    'nothing outside of the site is reached by %s',
    async (path) => {
      await buildSite();
      expect(await statusOfRaw(path)).toBe(404);
    },
  );
});

describe('/specs', () => {
  test('answers a document as it was written, for pages of other sites too', async () => {
    const response = await get('/specs/chat/openapi.yaml');
    expect(await response.text()).toBe('openapi: 3.2.0\n');
    expect(response.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('etag')).toMatch(/^".+"$/);
  });

  test('lists the documents, and answers nothing that is none', async () => {
    expect(await (await get('/specs/')).json()).toEqual({ documents: ['/specs/chat/openapi.yaml'] });
    expect((await get('/specs/chat/notes.txt')).status).toBe(404);
    expect((await get('/specs/chat')).status).toBe(404);
    expect(await statusOfRaw('/specs/../package.json')).toBe(404);
  });
});
