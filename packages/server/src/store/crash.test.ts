import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { sqliteBackend } from './laws/backends.ts';
import { seqsOf, upTo, wholeLog } from './laws/fixtures.ts';
import { StoreLockedError } from './sqlite-lock.ts';
import { openStore } from './store.ts';

const KILLS = 20;
const WRITER = fileURLToPath(new URL('./laws/crash-writer.ts', import.meta.url));

const { target, remove } = sqliteBackend();
const fileOf = async () => (await target()).file;
afterAll(remove);

/** As a server does: alone. */
const open = async () =>
  openStore(
    { kind: 'sqlite', file: await fileOf() },
    { wake: { appended() {} }, secretKey: randomBytes(32) },
  );

function startWriter(file: string) {
  return spawn(process.execPath, ['--conditions', '@flowwire/source', '--import', 'tsx', WRITER, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
}

/** Kills the writer `delayMs` after its first acknowledgement; answers the last acknowledged seq of each run. */
async function writeAndKill(file: string, delayMs: number): Promise<Map<string, number>> {
  const writer = startWriter(file);
  const ended = once(writer, 'close');
  const acknowledged = new Map<string, number>();
  for await (const line of createInterface({ input: writer.stdout })) {
    if (acknowledged.size === 0) setTimeout(() => writer.kill('SIGKILL'), delayMs);
    const [runId, seq] = line.split(' ');
    if (runId && seq) acknowledged.set(runId, Number(seq));
  }
  const [, signal] = await ended;
  expect(signal).toBe('SIGKILL');
  expect(acknowledged.size).toBeGreaterThan(0);
  return acknowledged;
}

test(`after each of ${KILLS} kills every log is dense and has what was acknowledged`, {
  timeout: 120_000,
}, async () => {
  const file = await fileOf();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const acknowledged = await writeAndKill(file, Math.random() * 60);
    const store = await open();
    for (const [runId, lastAcknowledged] of acknowledged) {
      const events = await wholeLog(store, runId);
      expect(seqsOf(events)).toEqual(upTo(events.length));
      expect(events.length).toBeGreaterThanOrEqual(lastAcknowledged);
      expect(await store.runs.get('tenant', runId)).toMatchObject({ lastSeq: events.length });
    }
    await store.close();
  }
});

test('while another process has the data open, nobody else does, until its death', {
  timeout: 60_000,
}, async () => {
  const writer = startWriter(await fileOf());
  const ended = once(writer, 'close');
  await once(writer.stdout, 'data');
  writer.stdout.resume();
  const refused = open();
  await expect(refused).rejects.toBeInstanceOf(StoreLockedError);
  await expect(refused).rejects.toThrow(/another server uses .*store\.db.*data folder of its own/);
  writer.kill('SIGKILL');
  await ended;
  await (await open()).close();
});
