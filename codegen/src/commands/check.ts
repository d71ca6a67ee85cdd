import { join, relative } from 'node:path';
import { planJobs } from '../jobs.ts';
import { compareFiles } from '../output.ts';
import { type Command, EXIT, exitCodes } from './command.ts';
import { folderOf, runJob } from './generate.ts';
import { readSources, SOURCE_HELP, SOURCE_OPTIONS } from './sources.ts';

const HELP = `Compares generated files with what the documents say. Writes nothing.

Usage
  flowwire check                            all that flowwire.config.json lists
  flowwire check --openapi FILE --out DIR   one API

Options
${SOURCE_HELP}  --strict           treat warnings as faults

${exitCodes('a generated file is stale, missing or extra, or a document has faults')}`;

export const command: Command = {
  help: HELP,
  options: { ...SOURCE_OPTIONS, strict: { type: 'boolean' } },
  async run(values, documents, terminal) {
    let exitCode: number = EXIT.done;
    for (const job of planJobs(await readSources(values, documents))) {
      const generated = await runJob(job, terminal, values.strict === true);
      const differences = generated ? await compareFiles(job.out, generated.files) : [];
      if (!generated || differences.length > 0) exitCode = EXIT.faults;
      for (const { name, state } of differences)
        terminal.err(`${relative(process.cwd(), join(job.out, name))}: ${state}\n`);
      if (differences.length > 0) terminal.err('Run `flowwire generate`.\n');
      if (generated && differences.length === 0)
        terminal.out(`${job.source} -> ${folderOf(job)}: ${generated.files.size} files as they should be\n`);
    }
    return exitCode;
  },
};
