import { parseArgs } from 'node:util';
import { type Command, EXIT, type Terminal, UsageError } from './commands/command.ts';
import { createTerminal } from './commands/terminal.ts';

/** Each command is loaded when it is asked for: a cold start must not pay for the others. */
const COMMANDS: Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<{ readonly command: Command }> }>
> = {
  generate: {
    summary: 'types, validators, a client and a server contract from documents',
    load: () => import('./commands/generate.ts'),
  },
  check: {
    summary: 'fail when generated files are stale',
    load: () => import('./commands/check.ts'),
  },
  lint: {
    summary: 'what is wrong with documents, examples included',
    load: () => import('./commands/lint.ts'),
  },
  bundle: {
    summary: 'one file per document, also as OpenAPI 3.1',
    load: () => import('./commands/bundle.ts'),
  },
  diff: {
    summary: 'breaking and compatible changes between two versions',
    load: () => import('./commands/diff.ts'),
  },
  mock: {
    summary: 'a server that answers with the examples of documents',
    load: () => import('./commands/mock.ts'),
  },
  docs: {
    summary: 'a static site about documents',
    load: () => import('./docs/command.ts'),
  },
};

const HELP = `flowwire: typed REST, server-sent events and WebSocket from OpenAPI and AsyncAPI documents

Usage: flowwire COMMAND [OPTIONS] [DOCUMENT...]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}\n`)
  .join('')}
  flowwire COMMAND --help   what a command takes
  flowwire --version

Without documents a command works on those that flowwire.config.json lists.
`;

function parse(command: Command, args: readonly string[]) {
  const options = { ...command.options, help: { type: 'boolean', short: 'h' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function version(): Promise<string> {
  const { createRequire } = await import('node:module');
  const manifest: unknown = createRequire(import.meta.url)('../package.json');
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h') {
    terminal[name === undefined ? 'err' : 'out'](HELP);
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  if (name === '--version') {
    terminal.out(`${await version()}\n`);
    return EXIT.done;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) throw new UsageError(`There is no command ${name}. flowwire --help lists them.`);
  const { command } = await entry.load();
  const { values, positionals } = parse(command, rest);
  if (values.help === true) {
    terminal.out(command.help);
    return EXIT.done;
  }
  return command.run(values, positionals, terminal).catch((error: unknown) => {
    throw error instanceof UsageError
      ? new UsageError(`${error.message}\nflowwire ${name} --help says more.`)
      : error;
  });
}

const terminal = createTerminal();
try {
  process.exitCode = await main(process.argv.slice(2), terminal);
} catch (error) {
  const { ConfigError } = await import('./config.ts');
  if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
  terminal.err(`${error.message}\n`);
  process.exitCode = EXIT.usage;
} finally {
  terminal.clear();
}
