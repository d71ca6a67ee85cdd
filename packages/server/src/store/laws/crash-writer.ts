/**
 * A process to be killed: appends to four runs of the SQLite file named by its argument, and says on
 * standard output what was acknowledged, one `<run id> <seq>` a line.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openStore } from '../store.ts';
import { claimedRun, deltas, upTo } from './fixtures.ts';

const file = process.argv[2];
if (file === undefined) throw new Error('usage: crash-writer.ts <file>');

const store = await openStore(
  { kind: 'sqlite', file },
  { wake: { appended() {} }, secretKey: randomBytes(32) },
);

async function writeForever() {
  const lease = await claimedRun(store);
  for (let first = 1; ; first += 3) {
    await store.log.append(lease, first, deltas(3));
    // Synchronously: what is said here was acknowledged before the kill.
    writeSync(1, `${lease.runId} ${first + 2}\n`);
  }
}

await Promise.all(upTo(4).map(writeForever));
