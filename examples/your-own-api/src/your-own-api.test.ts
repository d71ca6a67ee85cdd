import { join } from 'node:path';
import { isApiError } from '@flowwire/client';
import { compareFiles, generateApi, loadConfig } from '@flowwire/codegen';
import { expect, onTestFinished, test } from 'vitest';
import { createPrintShop, print } from './client.ts';
import { openShop } from './server.ts';

async function open() {
  const shop = await openShop(0, 5);
  onTestFinished(() => shop.close());
  return shop;
}

test('what is generated is what the documents say', async () => {
  const { apis } = await loadConfig(join(import.meta.dirname, '../flowwire.config.json'));
  for (const api of apis) {
    const { files, warnings } = await generateApi(api);
    expect(warnings).toEqual([]);
    expect(await compareFiles(api.out, files)).toEqual([]);
  }
});

test('a client asks the price over the WebSocket, submits over REST, and watches the stream', async () => {
  const { url } = await open();
  const lines: string[] = [];
  const job = await print(createPrintShop(url, 'shop-secret'), 'Thesis', 3, (line) => lines.push(line));
  expect(job).toEqual({
    id: 'job_1',
    title: 'Thesis',
    pages: 3,
    paper: 'a4',
    status: 'finished',
    printed: 3,
  });
  expect(lines).toEqual([
    'It costs 30 cents.',
    'job_1 waits.',
    'Page 1 of 3 is printed.',
    'Page 2 of 3 is printed.',
    'Page 3 of 3 is printed.',
    'It is finished.',
  ]);
});

test('a stream goes on after the event that a client has seen', async () => {
  const { url } = await open();
  const shop = createPrintShop(url, 'shop-secret');
  const { id: jobId } = await shop.submitJob({ body: { title: 'Card', pages: 1, paper: 'a3' } });
  const seen = [];
  for await (const event of shop.followJob({ path: { jobId }, headers: { 'Last-Event-ID': '1' } }))
    seen.push(event.type);
  expect(seen).toEqual(['page_printed', 'finished']);
});

test('the counter tells how the printer is', async () => {
  const { url } = await open();
  const shop = createPrintShop(url, 'shop-secret');
  const counter = shop.counter();
  const states: string[] = [];
  for await (const message of counter) {
    if (message.type === 'printer') states.push(message.state);
    if (states.length === 1) await shop.submitJob({ body: { title: 'Card', pages: 1, paper: 'a4' } });
    if (states.length === 3) break;
  }
  expect(states).toEqual(['idle', 'printing', 'idle']);
});

test('refusals are told in the words of the document', async () => {
  const { url } = await open();
  const stranger = createPrintShop(url, 'guess');
  const refused = await stranger
    .submitJob({ body: { title: 'Card', pages: 1, paper: 'a4' } })
    .catch((error: unknown) => error);
  expect(isApiError(refused) && [refused.status, refused.code]).toEqual([401, 'unauthenticated']);
  const missing = await createPrintShop(url, 'shop-secret')
    .getJob({ path: { jobId: 'job_7' } })
    .catch((error: unknown) => error);
  expect(isApiError(missing) && missing.message).toContain('There is no job job_7.');
  await expect(stranger.counter().opened).rejects.toThrow('401');
});
