#!/usr/bin/env node
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `flowwire: types, validators, a client and a server contract from OpenAPI 3.2 and AsyncAPI 3.1

  flowwire generate                          all that flowwire.config.json lists
  flowwire generate --config FILE            all that FILE lists
  flowwire generate --openapi FILE --out DIR one API
  flowwire generate --schemas FILE --out DIR the $defs of a JSON Schema

Options
  --openapi FILE     OpenAPI 3.2 or 3.1 document
  --asyncapi FILE    AsyncAPI 3 document with the messages of its streams
  --schemas FILE     JSON Schema (2020-12) document
  --out DIR          folder for the generated files; it belongs to the generator
  --name NAME        name of the contract (default: the last part of DIR)
  --runtime MODULE   where generated files import types from (default: @flowwire/contract)
  --config FILE      default: flowwire.config.json
  --check            write nothing; fail when a generated file is stale, missing or extra
  --help             this text

Exit codes
  0  done, or nothing to do
  1  stale files with --check, or faults in a document
  2  the command cannot be understood
`;

/** The command line is wrong. */
class UsageError extends Error {}

const options = {
  openapi: { type: 'string' },
  asyncapi: { type: 'string' },
  schemas: { type: 'string' },
  out: { type: 'string' },
  name: { type: 'string' },
  runtime: { type: 'string' },
  config: { type: 'string' },
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The work that the options ask for: one folder each. */
async function planWork(values: Values) {
  const { generateApi, generateSchemas } = await import('./generate.ts');
  const { openapi, asyncapi, schemas, out, name, runtime } = values;
  const direct = openapi !== undefined || schemas !== undefined;
  if (direct && values.config !== undefined)
    throw new UsageError('--config goes without --openapi and --schemas.');
  if (openapi !== undefined && schemas !== undefined)
    throw new UsageError('Give either --openapi or --schemas.');
  if (!direct && [asyncapi, out, name, runtime].some((value) => value !== undefined)) {
    throw new UsageError('--asyncapi, --out, --name and --runtime go with --openapi.');
  }
  if (schemas !== undefined && [asyncapi, name, runtime].some((value) => value !== undefined)) {
    throw new UsageError('--asyncapi, --name and --runtime do not go with --schemas.');
  }
  if (direct && out === undefined) throw new UsageError('--out is missing.');
  const { loadConfig } = await import('./config.ts');
  const config = direct
    ? {
        apis:
          openapi === undefined || out === undefined
            ? []
            : [{ openapi, out, ...definedOnly({ asyncapi, name, runtime }) }],
        schemas: schemas === undefined || out === undefined ? [] : [{ schemas, out }],
      }
    : await loadConfig(values.config ?? 'flowwire.config.json');
  return [
    ...config.apis.map((api) => ({ source: api.openapi, out: api.out, generate: () => generateApi(api) })),
    ...config.schemas.map((entry) => ({
      source: entry.schemas,
      out: entry.out,
      generate: () => generateSchemas(entry),
    })),
  ];
}

const definedOnly = (values: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );

async function generate(values: Values): Promise<number> {
  const { compareFiles, writeFiles } = await import('./output.ts');
  const { DocumentError, formatProblem } = await import('./problems.ts');
  let exitCode = 0;
  for (const { source, out, generate: run } of await planWork(values)) {
    const started = performance.now();
    try {
      const files = await run();
      const changed = await (values.check ? compareFiles(out, files) : writeFiles(out, files));
      const took = `${Math.round(performance.now() - started)} ms`;
      const verdict =
        changed.length === 0
          ? 'up to date'
          : `${changed.length} of ${files.size} files ${values.check ? 'differ' : 'written'}`;
      process.stdout.write(`${source} -> ${relative(process.cwd(), out) || '.'}: ${verdict} (${took})\n`);
      if (!values.check) continue;
      for (const { name, state } of changed)
        process.stderr.write(`${relative(process.cwd(), join(out, name))}: ${state}\n`);
      if (changed.length > 0) exitCode = 1;
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      for (const problem of error.problems) process.stderr.write(`${formatProblem(problem)}\n`);
      exitCode = 1;
    }
  }
  if (values.check && exitCode === 1) process.stderr.write('Run `flowwire generate`.\n');
  return exitCode;
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [command, ...rest] = positionals;
  if (command !== 'generate' || rest.length > 0) {
    throw new UsageError(
      command === undefined ? 'Say what to do.' : `Unknown command: ${positionals.join(' ')}`,
    );
  }
  return generate(values);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { ConfigError } = await import('./config.ts');
  if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\nflowwire --help says more.\n`);
  process.exitCode = 2;
}
