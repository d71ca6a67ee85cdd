import type { ApiPlan } from '../mock/api-plan.ts';
import { formatRoutes } from '../mock/report.ts';
import type { MockServer, ServerOptions } from '../mock/server.ts';
import { DocumentError, formatProblem } from '../problems.ts';
import { type Command, EXIT, exitCodes, type Terminal, textOf, UsageError, type Values } from './command.ts';
import { type DocumentPair, PAIR_OPTIONS, readPairs } from './sources.ts';

const HELP = `Serves APIs as their documents show them, for work on a client before there is a server.

Usage
  flowwire mock                        all that flowwire.config.json lists
  flowwire mock DOCUMENT...            OpenAPI and AsyncAPI documents, paired in their order

Requests are checked and refused in the API's own words. An answer is the document's first example, or a
value made from the schema. Streams send the examples of the messages in their order and can be resumed.
WebSockets do the same, and answer requests with the examples of their answers. Any credential is good, but
it must be there. What a client may ask for in a request:

  Prefer: code=404                     the answer of that status
  Prefer: example=NAME                 the example of that name
  Prefer: dynamic=true                 a made value in spite of examples

Options
  --port N             0 for any that is free (default: 4010)
  --host HOST          default: 127.0.0.1
  --seed N             another number makes other values (default: 1)
  --delay MS           wait before each answer (default: 0)
  --event-interval MS  wait between two events or messages (default: 100)
  --event-streams C    what itemSchema of text/event-stream describes: spec (the default), payload or object
  --validate-only      make every answer once, tell what does not fit, and end
  --config FILE        default: flowwire.config.json
  -h, --help           this text

${exitCodes('a document has faults, the port is taken, or with --validate-only an answer does not fit')}`;

const OPTIONS = {
  ...PAIR_OPTIONS,
  port: { type: 'string' },
  host: { type: 'string' },
  seed: { type: 'string' },
  delay: { type: 'string' },
  'event-interval': { type: 'string' },
  'event-streams': { type: 'string' },
  'validate-only': { type: 'boolean' },
} as const;

/** A whole number of the command line. */
function numberOf(values: Values, name: string, fallback: number, max: number): number {
  const value = textOf(values, name);
  if (value === undefined) return fallback;
  if (/^\d+$/.test(value) && Number(value) <= max) return Number(value);
  throw new UsageError(`--${name} is a whole number from 0 to ${max}.`);
}

const MAX_PORT = 65_535;
const MAX_MS = 600_000;

type EventStreams = 'spec' | 'payload' | 'object';

function eventStreamsOf(values: Values): { readonly eventStreams?: EventStreams } {
  const value = textOf(values, 'event-streams');
  if (value === undefined) return {};
  if (value === 'spec' || value === 'payload' || value === 'object') return { eventStreams: value };
  throw new UsageError('--event-streams is spec, payload or object.');
}

/** Faults in examples that are told one by one before the mock starts. */
const MAX_TOLD = 10;

function tell({ warnings, exampleFaults, left }: ApiPlan, all: boolean, terminal: Terminal): void {
  const told = all ? exampleFaults : exampleFaults.slice(0, MAX_TOLD);
  for (const line of [...[...warnings, ...told].map(formatProblem), ...left]) terminal.err(`${line}\n`);
  const untold = exampleFaults.length - told.length;
  if (untold > 0) terminal.err(`${untold} more examples do not fit; --validate-only lists all.\n`);
}

/** Plans the answers of each API; undefined, and said on the terminal, when a document has faults. */
async function readPlans(pairs: readonly DocumentPair[], values: Values, terminal: Terminal) {
  const { readMockSource } = await import('../mock/api.ts');
  const { planApi } = await import('../mock/api-plan.ts');
  const options = { seed: numberOf(values, 'seed', 1, Number.MAX_SAFE_INTEGER), ...eventStreamsOf(values) };
  const plans: ApiPlan[] = [];
  for (const pair of pairs) {
    terminal.progress(`${pair.openapi ?? pair.asyncapi} ...`);
    try {
      const plan = planApi(await readMockSource(pair, options));
      plans.push(plan);
      tell(plan, values['validate-only'] === true, terminal);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
    }
  }
  return plans.length === pairs.length ? plans : undefined;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Makes every answer once and tells what does not fit. */
async function check(plans: readonly ApiPlan[], terminal: Terminal): Promise<number> {
  const { checkPlan } = await import('../mock/api-plan.ts');
  let exitCode: number = EXIT.done;
  for (const plan of plans) {
    const { title } = plan.model;
    terminal.progress(`${title} ...`);
    const faults = checkPlan(plan);
    for (const fault of faults) terminal.err(`${fault}\n`);
    const count = faults.length + plan.exampleFaults.length;
    const verdict = count === 0 ? 'all answers fit' : counted(count, 'fault');
    terminal.out(`${title}: ${counted(plan.operations.size, 'operation')}, ${verdict}\n`);
    if (count > 0) exitCode = EXIT.faults;
  }
  return exitCode;
}

/** Settles when the process is told to end. A second signal ends it at once, as usual. */
const untilSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });

const reasonOf = (error: unknown, { host, port }: ServerOptions): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `Port ${port} of ${host} is taken. Choose another one with --port.`;
  if (code === 'EACCES') return `Port ${port} is not allowed. Choose one from 1024 on with --port.`;
  return `Cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}.`;
};

async function start(plans: readonly ApiPlan[], options: ServerOptions): Promise<MockServer | string> {
  const { startMock } = await import('../mock/server.ts');
  try {
    return await startMock(plans, options);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return reasonOf(error, options);
    throw error;
  }
}

/** Serves until the process is told to end. */
async function serve(plans: readonly ApiPlan[], values: Values, terminal: Terminal): Promise<number> {
  const options: ServerOptions = {
    host: textOf(values, 'host') ?? '127.0.0.1',
    port: numberOf(values, 'port', 4010, MAX_PORT),
    delay: numberOf(values, 'delay', 0, MAX_MS),
    eventInterval: numberOf(values, 'event-interval', 100, MAX_MS),
    log: (text) => terminal.out(text),
  };
  const stopped = untilSignal();
  const server = await start(plans, options);
  if (typeof server === 'string') {
    terminal.err(`${server}\n`);
    return EXIT.faults;
  }
  for (const { model } of plans) terminal.out(`${formatRoutes(model)}\n`);
  terminal.out(`Listening on ${server.url}. Ctrl+C ends it.\n`);
  await stopped;
  terminal.progress('Stopping ...');
  await server.stop();
  return EXIT.done;
}

export const command: Command = {
  help: HELP,
  options: OPTIONS,
  async run(values, documents, terminal) {
    const plans = await readPlans(await readPairs(values, documents), values, terminal);
    if (!plans) return EXIT.faults;
    return values['validate-only'] === true ? check(plans, terminal) : serve(plans, values, terminal);
  },
};
