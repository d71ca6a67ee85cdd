import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkflowExecution } from '@flowwire/client';
import { EventSource } from 'eventsource';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { urlOfServer } from './support/server-url.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

interface Seen {
  readonly id: string;
  readonly event: unknown;
}

let server: TestServer;
let runId: string;
/** What our own client delivers: the others must see the same. */
const wanted: Seen[] = [];

beforeAll(async () => {
  server = await openTestServer();
  const api = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
  const inputs = {
    query: 'Kürzer, bitte',
    content: '我写了第一个程序。I annotated a paper on the Analytical Engine 🎩.',
  };
  const stream = api.streamWorkflowExecution({ path: { id: 'wf_resume-review' }, body: { inputs } });
  for await (const event of stream) {
    wanted.push({ id: stream.lastEventId ?? '', event });
    runId = event.workflow_run_id;
  }
});

afterAll(() => server.close());

const followUrl = () => `${server.url}/api/workflow/executions/${runId}/events`;

describe('independent readers of one stream see the same events', () => {
  test('eventsource-parser', async () => {
    const seen: Seen[] = [];
    const ends: string[] = [];
    const parser = createParser({
      onEvent: ({ id, data }) => {
        if (data === '[DONE]') ends.push(data);
        else seen.push({ id: id ?? '', event: JSON.parse(data) });
      },
    });
    const response = await fetch(followUrl(), { headers: { authorization: `Bearer ${server.key}` } });
    parser.feed(await response.text());
    expect(seen).toEqual(wanted);
    expect(ends).toEqual(['[DONE]']);
  });

  test('the eventsource package, which reconnects by itself and is then told to stop', async () => {
    const seen: Seen[] = [];
    const source = new EventSource(followUrl(), {
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${server.key}` } }),
    });
    let ended = false;
    source.onmessage = ({ lastEventId, data }) => {
      if (data === '[DONE]') ended = true;
      else seen.push({ id: lastEventId, event: JSON.parse(data) });
    };
    // After the stream's end it comes back with the last id; 204 tells it that nothing is left.
    await new Promise<void>((resolve) => {
      source.onerror = () => {
        if (source.readyState === EventSource.CLOSED) resolve();
      };
    });
    expect(ended).toBe(true);
    expect(seen).toEqual(wanted);
  }, 15_000);

  test.skipIf(!existsSync(CHROMIUM))(
    `fetch in Chromium (skipped where ${CHROMIUM} is missing)`,
    async () => {
      const { chromium } = await import('playwright-core');
      const page = createServer(pageThatReads(followUrl(), server.key));
      page.listen(0, '127.0.0.1');
      await once(page, 'listening');
      const profile = await mkdtemp(join(tmpdir(), 'flowwire-chromium-'));
      const browser = await chromium.launchPersistentContext(profile, {
        executablePath: CHROMIUM,
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
      try {
        const tab = await browser.newPage();
        await tab.goto(urlOfServer(page));
        const text = await tab.locator('#read').textContent({ timeout: 15_000 });
        const seen = (text ?? '').split('\n\n').flatMap((frame): Seen[] => {
          const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(frame) ?? [];
          return id === undefined || data === undefined ? [] : [{ id, event: JSON.parse(data) }];
        });
        expect(seen).toEqual(wanted);
        expect(text).toContain('data: [DONE]');
      } finally {
        await browser.close();
        page.close();
        await rm(profile, { recursive: true, force: true });
      }
    },
    60_000,
  );
});

/** A page that reads the stream with fetch and writes it into #read. The stream is served from the page's own origin. */
function pageThatReads(url: string, key: string): Parameters<typeof createServer>[1] {
  return (incoming, response) => {
    if (incoming.url !== '/events') {
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><script type="module">
        const response = await fetch('/events', { headers: { authorization: 'Bearer ${key}' } });
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = '';
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          text += value;
        }
        const read = Object.assign(document.createElement('pre'), { id: 'read', textContent: text });
        document.body.append(read);
      </script>`);
      return;
    }
    const forwarded = request(
      url,
      { headers: { authorization: incoming.headers.authorization } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.end();
  };
}
