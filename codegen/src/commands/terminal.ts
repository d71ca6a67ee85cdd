import type { Terminal } from './command.ts';

const CLEAR_LINE = '\r\x1b[2K';

/** The process's own terminal. Progress is shown where standard error is one. */
export function createTerminal(): Terminal & { clear(): void } {
  // Whoever reads our output may have had enough of it, as `head` does.
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit();
    throw error;
  });
  let shown = false;
  const clear = (): void => {
    if (shown) process.stderr.write(CLEAR_LINE);
    shown = false;
  };
  return {
    clear,
    out(text) {
      clear();
      process.stdout.write(text);
    },
    err(text) {
      clear();
      process.stderr.write(text);
    },
    progress(text) {
      if (!process.stderr.isTTY) return;
      process.stderr.write(`${CLEAR_LINE}${text.slice(0, process.stderr.columns - 1)}`);
      shown = true;
    },
  };
}
