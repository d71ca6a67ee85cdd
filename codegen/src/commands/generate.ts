import { relative } from 'node:path';
import { type Generated, type Job, planJobs } from '../jobs.ts';
import { writeFiles } from '../output.ts';
import { DocumentError, formatProblem } from '../problems.ts';
import { type Command, EXIT, exitCodes, type Terminal } from './command.ts';
import { readSources, SOURCE_HELP, SOURCE_OPTIONS } from './sources.ts';

const HELP = `Writes types, validators, a client and a server contract.

Usage
  flowwire generate                            all that flowwire.config.json lists
  flowwire generate --openapi FILE --out DIR   one API
  flowwire generate --schemas FILE --out DIR   the $defs of a JSON Schema

Options
${SOURCE_HELP}  --force            generate also where no document has changed since the last time
  --strict           treat warnings as faults

${exitCodes('faults in a document, or warnings with --strict; nothing is written for that API')}`;

/** A job's result; undefined, and said on the terminal, when its documents have faults. */
export async function runJob(job: Job, terminal: Terminal, strict: boolean): Promise<Generated | undefined> {
  terminal.progress(`${job.source} ...`);
  try {
    const generated = await job.generate();
    for (const warning of generated.warnings) terminal.err(`${formatProblem(warning)}\n`);
    return strict && generated.warnings.length > 0 ? undefined : generated;
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
    return undefined;
  }
}

export const folderOf = ({ out }: Job): string => relative(process.cwd(), out) || '.';

export const command: Command = {
  help: HELP,
  options: {
    ...SOURCE_OPTIONS,
    force: { type: 'boolean' },
    strict: { type: 'boolean' },
  },
  async run(values, documents, terminal) {
    const { isUpToDate, remember } = await import('../cache.ts');
    let exitCode: number = EXIT.done;
    for (const job of planJobs(await readSources(values, documents))) {
      const started = performance.now();
      const say = (verdict: string): void =>
        terminal.out(
          `${job.source} -> ${folderOf(job)}: ${verdict} (${Math.round(performance.now() - started)} ms)\n`,
        );
      if (values.force !== true && (await isUpToDate(job))) {
        say('up to date');
        continue;
      }
      const generated = await runJob(job, terminal, values.strict === true);
      if (!generated) {
        exitCode = EXIT.faults;
        continue;
      }
      const changed = await writeFiles(job.out, generated.files);
      await remember(job, generated);
      say(changed.length === 0 ? 'up to date' : `${changed.length} of ${generated.files.size} files written`);
    }
    return exitCode;
  },
};
