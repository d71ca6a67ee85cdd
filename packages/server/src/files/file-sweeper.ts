import type { Clock } from '@flowwire/engine';
import type { FileStore } from './file-store.ts';

export interface FileSweeperDeps {
  readonly files: Pick<FileStore, 'sweep'>;
  readonly clock: Clock;
  /** How long a file is kept, in milliseconds; undefined for ever. */
  readonly keepMs: number | undefined;
  readonly onError: (error: unknown) => void;
}

/** Deletes files that are no longer kept, and what interrupted uploads left, while the process runs. */
export interface FileSweeper {
  /** Sweeps at once and then every hour. Called once. */
  start(): void;
  /** Resolves when no sweep is under way. */
  stop(): Promise<void>;
}

const SWEEP_EVERY_MS = 3_600_000;

export function createFileSweeper({ files, clock, keepMs, onError }: FileSweeperDeps): FileSweeper {
  const stopped = new AbortController();
  let done: Promise<unknown> = Promise.resolve();

  async function sweepOn(): Promise<void> {
    while (!stopped.signal.aborted) {
      await files.sweep(keepMs === undefined ? 0 : clock.now() - keepMs, stopped.signal).catch(onError);
      await clock.sleep(SWEEP_EVERY_MS, stopped.signal).catch(() => undefined);
    }
  }

  return {
    start() {
      done = sweepOn();
    },
    async stop() {
      stopped.abort();
      await done;
    },
  };
}
