/** Shows streamed text with one line of progress below it. */
export interface Terminal {
  text(text: string): void;
  status(status: string): void;
  /** Leaves the text whole and the progress line gone. */
  end(): void;
}

const CLEAR_LINE = '\r\u001b[K';
const dim = (text: string) => `\u001b[2m${text}\u001b[0m`;

/** For people: whole lines of text stay, the line that is still being written shares its row with the progress. */
function interactive(out: NodeJS.WriteStream): Terminal {
  let line = '';
  let status = '';

  const draw = () => {
    const room = Math.max(10, (out.columns ?? 80) - status.length - 4);
    out.write(`${CLEAR_LINE}${line.slice(-room)}${status && dim(`  [${status}]`)}`);
  };

  return {
    text(text) {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      out.write(CLEAR_LINE);
      for (const whole of lines) out.write(`${whole}\n`);
      draw();
    },
    status(next) {
      status = next;
      draw();
    },
    end() {
      status = '';
      out.write(`${CLEAR_LINE}${line}\n`);
    },
  };
}

/** For pipes: the text alone goes to the output, progress to the error output. */
const piped: Terminal = {
  text: (text) => void process.stdout.write(text),
  status: (status) => void process.stderr.write(`[${status}]\n`),
  end: () => void process.stdout.write('\n'),
};

export const createTerminal = (): Terminal => (process.stdout.isTTY ? interactive(process.stdout) : piped);
