import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildDocs } from './build.ts';
import type { SearchEntry } from './search-index.ts';
import { CHAT } from './testing/chat.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** What people look at after a run; each run writes over the last one's. */
const SCREENSHOTS = join(tmpdir(), 'flowwire-docs-screenshots');

const SPECS = fileURLToPath(new URL('../../../specs/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** The reference server's policy: nothing from elsewhere, and no code made of text. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src *";

/** And that of what is no page. */
const OTHERS_POLICY = "default-src 'none'; frame-ancestors 'none'";

let out: string;
let server: Server;
let origin: string;
let browser: BrowserContext;
let profile: string;
let entries: SearchEntry[];
/** What a page did that it must not do. */
let offences: string[] = [];

const OWN = (await readdir(SPECS))
  .filter((name) => existsSync(join(SPECS, name, 'openapi.yaml')))
  .map((name) => {
    const asyncapi = join(SPECS, name, 'asyncapi.yaml');
    return { name, openapi: join(SPECS, name, 'openapi.yaml'), ...(existsSync(asyncapi) && { asyncapi }) };
  });

/** Serves the site below a path, as a static host would. */
async function serve(): Promise<void> {
  server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = join(out, pathname.replace(/^\/some\/where\//, '').replace(/\/$/, '/index.html'));
    const body = await readFile(path).catch(() => undefined);
    response.writeHead(body ? 200 : 404, {
      'content-type': TYPES[extname(path)] ?? 'text/plain',
      'content-security-policy': extname(path) === '.html' ? POLICY : OTHERS_POLICY,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The server listens on a port, so that its address has one.
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const url = (path: string): string => `${origin}/some/where/${path}`;

async function open(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const page = await browser.newPage();
  await page.emulateMedia({ colorScheme });
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(origin))
      offences.push(`a request to ${request.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') offences.push(`an error in the console: ${message.text()}`);
  });
  page.on('pageerror', (error) => offences.push(`an uncaught error: ${error.message}`));
  await page.goto(url(path));
  return page;
}

/** The code that pages run is text here: the compiler knows no browser in this package. */
const goTo = (page: Page, anchor: string): Promise<unknown> =>
  page.evaluate(`location.hash = ${JSON.stringify(anchor)}`);

const section = (page: Page, anchor: string) => page.locator(`[id="api-1/${anchor}"]`);

const isOperation = ({ kind }: SearchEntry): boolean => /^[A-Z]+$/.test(kind);

/** What a reader must see of a thing: an operation's id too, and a message's name on the wire. */
function wantedOf(entry: SearchEntry, language: 'en' | 'zh'): string[] {
  const title = entry.title[language];
  if (isOperation(entry)) return [title, entry.href.split('/').at(-1) ?? ''];
  return entry.kind === 'message' ? [title, entry.place] : [title];
}

/** The text of every part of a page that a fragment leads to. */
const shownParts = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(
    `Object.fromEntries([...document.querySelectorAll('[id^="api-1/"]')].map((e) => [e.id.slice(6), e.textContent]))`,
  );

/** Says what the search knows of a page and is not shown there, also not after going to it. */
async function missingOn(page: Page, path: string, language: 'en' | 'zh'): Promise<string[]> {
  await page.locator('[id^="api-1/"]').first().waitFor();
  const parts = await shownParts(page);
  const missing: string[] = [];
  for (const entry of entries) {
    const [file, anchor = ''] = entry.href.split('#');
    if (file !== path) continue;
    const absent = wantedOf(entry, language).filter((text) => !parts[anchor]?.includes(text));
    // What is far down the page, or folded, is drawn when it is gone to.
    if (absent.length > 0) await goTo(page, anchor);
    for (const text of absent) {
      const found = section(page, anchor).first().getByText(text).first();
      const isShown = await found.waitFor({ state: 'attached', timeout: 8_000 }).then(
        () => true,
        () => false,
      );
      if (!isShown) missing.push(`${text} at #${anchor}`);
    }
  }
  return missing;
}

describe.skipIf(!existsSync(CHROMIUM))(`the site in Chromium (skipped where ${CHROMIUM} is missing)`, () => {
  beforeAll(async () => {
    const { chromium } = await import('playwright-core');
    out = await mkdtemp(join(tmpdir(), 'flowwire-docs-site-'));
    profile = await mkdtemp(join(tmpdir(), 'flowwire-chromium-'));
    await mkdir(SCREENSHOTS, { recursive: true });
    await buildDocs({ apis: [CHAT, ...OWN], out, title: 'Flowwire' });
    const script = await readFile(join(out, 'assets/search.js'), 'utf8');
    entries = JSON.parse(script.slice(script.indexOf('['), script.lastIndexOf(']') + 1));
    await serve();
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      viewport: { width: 1440, height: 1000 },
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterEach(async () => {
    const seen = offences;
    offences = [];
    await Promise.all(browser.pages().map((page) => page.close()));
    expect(seen).toEqual([]);
  });

  afterAll(async () => {
    await browser.close();
    server.close();
    await rm(profile, { recursive: true, force: true });
    await rm(out, { recursive: true, force: true });
  });

  test.each([
    ['en', 'light', 'index.html', 'List rooms'],
    ['zh', 'dark', 'zh/index.html', '列出房间'],
  ] as const)(
    'the first page lists the APIs with their operations (%s, %s)',
    async (language, theme, path, summary) => {
      const page = await open(path, theme);
      await page.getByText(summary, { exact: true }).waitFor();
      for (const entry of entries.filter(isOperation))
        expect(await page.locator(`a[href="${entry.href}"]`).textContent(), entry.href).toContain(
          entry.title[language],
        );
      await page.screenshot({ path: join(SCREENSHOTS, `index-${language}-${theme}.png`) });
    },
  );

  test.each([
    ['en', 'light', ''],
    ['zh', 'dark', 'zh/'],
  ] as const)(
    'every operation and message of an API is shown (%s, %s)',
    async (language, theme, root) => {
      for (const path of ['chat/index.html', 'chat/events/index.html']) {
        const page = await open(root + path, theme);
        expect(await missingOn(page, path, language), path).toEqual([]);
        const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        expect(paper).toBe(theme === 'dark' ? 'rgb(14, 20, 23)' : 'rgb(255, 255, 255)');
        await page.screenshot({
          path: join(SCREENSHOTS, `${path.replaceAll('/', '-')}-${language}-${theme}.png`),
        });
      }
    },
    90_000,
  );

  test.each(OWN.flatMap(({ name, asyncapi }) => (asyncapi ? [name, `${name}/events`] : [name])))(
    'every operation and message of our own documents is shown: %s',
    async (folder) => {
      const page = await open(`${folder}/index.html`);
      expect(await missingOn(page, `${folder}/index.html`, 'en')).toEqual([]);
      await page.screenshot({ path: join(SCREENSHOTS, `${folder.replaceAll('/', '-')}.png`) });
    },
    90_000,
  );

  test('an operation shows its id, its samples, its permission and the events of its stream', async () => {
    const page = await open('chat/index.html#tag/rooms/followRoom');
    const shown = section(page, 'tag/rooms/followRoom');
    await shown.getByText('followRoom', { exact: true }).first().waitFor();
    await shown.getByText('for await').first().waitFor();
    await shown.getByText('{"kind":"said"', { exact: false }).first().waitFor();
    await shown.getByRole('button', { name: /^200/ }).click();
    await shown.getByText('The words.').waitFor();
    await shown.getByRole('button', { name: 'TypeScript' }).click();
    await page.getByRole('option', { name: 'curl' }).click();
    await shown.getByText('curl -N').first().waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'operation.png') });
  });

  test('a choice of theme holds on every page, and one of language leads to the same place', async () => {
    const page = await open('chat/index.html#tag/rooms/createRoom');
    await page.locator('#theme').click();
    await page.locator('#language').click();
    await section(page, 'tag/rooms/createRoom').getByText('创建房间').first().waitFor();
    expect(page.url()).toBe(url('zh/chat/index.html#tag/rooms/createRoom'));
    expect(await page.evaluate('document.body.className')).toContain('dark-mode');
    // Whoever comes to the first page again sees it in the language that they chose.
    await page.goto(url('index.html'));
    await page.waitForURL(url('zh/index.html'));
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await page.locator('#language').click();
    await page.waitForURL(url('index.html'));
    await page.locator('#theme').click();
  });

  test('the search finds things of all APIs by a word of either language, and leads to them', async () => {
    const page = await open('chat/index.html');
    await page.keyboard.press('Control+k');
    await page.locator('#search-input').fill('workflow execute');
    await page.getByText('/api/workflow/{id}/execute', { exact: true }).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'search.png') });
    await page.locator('#search-input').fill('nothing like this');
    expect(await page.locator('#search-results').getAttribute('data-state')).toBe('nothing');
    await page.locator('#search-input').fill('有人离开');
    await page.getByText('Somebody left').first().waitFor();
    await page.keyboard.press('Enter');
    await section(page, 'channel/roomevents/operation/sendroomevents/message/left')
      .getByText('"who": "Ada"')
      .first()
      .waitFor();
  });

  test('a try sends the request with the key, and shows what is streamed', async () => {
    const page = await open('chat/index.html');
    // Instead of the API's server, which does not run here.
    await page.route('http://127.0.0.1:4010/**', (route) =>
      route.fulfill({
        status: 200,
        headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' },
        contentType: 'text/event-stream',
        body: 'id: 1\ndata: {"kind":"left","who":"Ada"}\n\n',
      }),
    );
    await page.getByPlaceholder('Token').first().fill('secret');
    await goTo(page, 'tag/rooms/say');
    await section(page, 'tag/rooms/say')
      .getByRole('button', { name: /Test Request/ })
      .click();
    const sent = page.waitForRequest(
      (request) => request.url().includes(':4010') && request.method() === 'POST',
    );
    await page.getByRole('button', { name: 'Send', exact: false }).first().click();
    const request = await sent;
    expect(request.headers()).toMatchObject({ authorization: 'Bearer secret' });
    expect(request.headers()).not.toHaveProperty('idempotency-key');
    expect(request.postDataJSON()).toEqual({ text: 'Good evening', mode: 'blocking' });
    await page.getByText('"who":"Ada"').first().waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'try.png') });
    expect(offences).toEqual([
      expect.stringMatching(/^a request to http:\/\/127\.0\.0\.1:4010\/v1\/rooms\/room/),
    ]);
    offences = [];
  });

  test('the pages work without a server, opened from a disk', async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(out, 'index.html')).href);
    await page.getByRole('link', { name: 'Messages' }).first().click();
    await page.getByText('Events of a room').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.locator('#search-input').fill('createRoom');
    await page.getByText('Open a room').first().waitFor();
  });

  test('a narrow screen has everything in reach', async () => {
    const page = await open('chat/index.html#tag/rooms/say');
    await page.setViewportSize({ width: 390, height: 844 });
    for (const control of ['#search', '#language', '#theme']) {
      const box = await page.locator(control).boundingBox();
      expect((box?.x ?? 999) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.screenshot({ path: join(SCREENSHOTS, 'narrow.png') });
  });
});
