import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { Bundle, BundleOptions } from '../bundle/bundle.ts';
import { type Output, planOutputs } from '../bundle/outputs.ts';
import type { Format } from '../bundle/write.ts';
import { DocumentError, formatProblem } from '../problems.ts';
import { type Command, EXIT, exitCodes, type Terminal, textOf, UsageError, type Values } from './command.ts';
import { PAIR_OPTIONS, readPairs } from './sources.ts';

const HELP = `Writes each document with all that it refers to as one file.

Usage
  flowwire bundle DOCUMENT                        to standard output
  flowwire bundle DOCUMENT... --out DIR|FILE
  flowwire bundle --out DIR                       all that flowwire.config.json lists

Schemas and parameters of other files become components with the names that they have there.

Options
  -o, --out DIR|FILE   a file (.yaml, .yml, .json) for one document, a folder for several
  --format F           yaml (default) or json
  --openapi V          write OpenAPI documents as 3.1 or 3.2. What 3.1 cannot say is told, and kept as x-oas32-...;
                       itemSchema becomes the schema of one item and is kept as x-item-schema
  --aliases            give each path of x-path-aliases a path of its own
  --json               tell what was written and what 3.1 cannot say as JSON, one object
  --strict             what 3.1 cannot say is a fault
  --config FILE        default: flowwire.config.json
  -h, --help           this text

${exitCodes('a document cannot be read or a reference leads nowhere, or warnings with --strict')}`;

function oneOf<T extends string>(values: Values, name: string, allowed: readonly T[]): T | undefined {
  const value = textOf(values, name);
  if (value === undefined) return undefined;
  const found = allowed.find((entry) => entry === value);
  if (found === undefined) throw new UsageError(`--${name} is ${allowed.join(' or ')}.`);
  return found;
}

/** What became of one document. */
interface Report {
  readonly document: string;
  readonly file?: string;
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

const notesOf = ({ warnings, notes }: Bundle): string[] => [...warnings.map(formatProblem), ...notes];

/** Bundles one document and writes it, unless it has faults. */
async function write(
  { document, file }: Output,
  format: Format,
  options: BundleOptions,
  terminal: Terminal,
): Promise<Report> {
  const { bundleDocument } = await import('../bundle/bundle.ts');
  const { toText } = await import('../bundle/write.ts');
  try {
    const bundle = await bundleDocument(document, options);
    const text = toText(bundle.root, format);
    if (file === undefined) {
      terminal.out(text);
      return { document, faults: [], notes: notesOf(bundle) };
    }
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return { document, file, faults: [], notes: notesOf(bundle) };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return { document, faults: error.problems.map(formatProblem), notes: [] };
  }
}

function say({ document, file, faults, notes }: Report, terminal: Terminal): void {
  for (const fault of faults) terminal.err(`${fault}\n`);
  for (const note of notes) terminal.err(`${note}\n`);
  if (file !== undefined) terminal.out(`${document} -> ${relative(process.cwd(), file)}\n`);
}

export const command: Command = {
  help: HELP,
  options: {
    ...PAIR_OPTIONS,
    out: { type: 'string', short: 'o' },
    format: { type: 'string' },
    openapi: { type: 'string' },
    aliases: { type: 'boolean' },
    json: { type: 'boolean' },
    strict: { type: 'boolean' },
  },
  async run(values, documents, terminal) {
    const version = oneOf(values, 'openapi', ['3.1', '3.2']);
    const wanted = oneOf(values, 'format', ['yaml', 'json']);
    const pairs = await readPairs(values, documents);
    const { outputs, format } = planOutputs(pairs, textOf(values, 'out'), wanted);
    if (values.json === true && outputs.some(({ file }) => file === undefined))
      throw new UsageError('--json needs --out: without it the document itself is written.');
    const options = {
      ...(version !== undefined && { openapi: version }),
      aliases: values.aliases === true,
    };
    const reports: Report[] = [];
    for (const output of outputs) {
      terminal.progress(`${output.document} ...`);
      const report = await write(output, format, options, terminal);
      reports.push(report);
      if (values.json !== true) say(report, terminal);
    }
    if (values.json === true) terminal.out(`${JSON.stringify({ documents: reports }, null, 2)}\n`);
    const isFaulty = ({ faults, notes }: Report): boolean =>
      faults.length > 0 || (values.strict === true && notes.length > 0);
    return reports.some(isFaulty) ? EXIT.faults : EXIT.done;
  },
};
