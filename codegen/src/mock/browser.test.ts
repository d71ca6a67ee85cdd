import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readMockSource } from './api.ts';
import { planApi } from './api-plan.ts';
import { startMock } from './server.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ROOT = join(import.meta.dirname, '../../..');
const FLAGS = [
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking',
  '--disable-component-update --disable-sync',
].flatMap((flags) => flags.split(' '));

async function serve(...names: string[]): Promise<string> {
  const plans = names.map(async (name) => {
    const [openapi, asyncapi] = ['openapi', 'asyncapi'].map((kind) =>
      join(ROOT, `specs/${name}/${kind}.yaml`),
    );
    return planApi(
      await readMockSource({ name, openapi: openapi ?? '', asyncapi: asyncapi ?? '' }, { seed: 1 }),
    );
  });
  const options = { host: '127.0.0.1', port: 0, delay: 0, eventInterval: 0, log: () => undefined };
  const server = await startMock(await Promise.all(plans), options);
  onTestFinished(() => server.stop());
  return server.url;
}

/** What a page does with the client, as a script that answers what it saw. */
const PAGE = `
import { createAstron, createGenflow, createWorkflowExecution } from '@flowwire/client';

globalThis.visit = async (baseUrl) => {
  const options = { baseUrl, auth: 'key' };
  const workflows = createWorkflowExecution(options);
  const stream = workflows.streamWorkflowExecution({ path: { id: 'wf_1' }, body: { inputs: {} } });
  const events = [];
  for await (const { event } of stream) events.push(event);

  const socket = createGenflow(options).realtime({ path: { sessionId: 'session_123' } });
  await socket.opened;
  const answer = await socket.request({ type: 'edit.undo' });
  socket.close();

  const file = new File(['bytes'], 'page.txt', { type: 'text/plain' });
  const uploaded = await createAstron(options).uploadFile({ body: { file } });
  return { events, answer: answer.type, state: socket.state, url: typeof uploaded.data.url };
};
`;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@flowwire/source'],
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

describe.skipIf(!existsSync(CHROMIUM))(`in Chromium (skipped where ${CHROMIUM} is missing)`, () => {
  test('the client streams, talks over a WebSocket and uploads a file', { timeout: 60_000 }, async () => {
    const { chromium } = await import('playwright-core');
    const profile = await mkdtemp(join(tmpdir(), 'flowwire-chromium-'));
    const browser = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      args: FLAGS,
    });
    onTestFinished(async () => {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    });
    const url = await serve('workflow-execution', 'genflow', 'astron');
    const page = await browser.newPage();
    // A page of the server itself, if only one that says that there is nothing.
    await page.goto(url);
    await page.addScriptTag({ content: await bundle() });
    const seen = await page.evaluate(`visit(${JSON.stringify(url)})`);
    expect(seen).toMatchObject({ answer: 'ack', state: 'closed', url: 'string' });
    expect(seen).toHaveProperty('events', expect.arrayContaining(['workflow_started', 'workflow_finished']));
  });
});
