import { relative } from 'node:path';
import { type Command, EXIT, exitCodes, textOf, UsageError } from '../commands/command.ts';
import { PAIR_OPTIONS, readPairs } from '../commands/sources.ts';
import { DocumentError, formatProblem } from '../problems.ts';

const DEFAULT_OUT = 'docs-site';

const HELP = `Builds a static site about documents: every operation and message, with samples, search and try-it,
in English and Chinese. It needs no network, neither to be built nor to be read.

Usage
  flowwire docs                      all that flowwire.config.json lists
  flowwire docs DOCUMENT...          OpenAPI 3.0 to 3.2 and AsyncAPI 3 documents, paired in their order

Options
  -o, --out DIR      folder for the site (default: ${DEFAULT_OUT}); other files in it are left alone
  --title TEXT       heads every page (default: API)
  --client MODULE    the module that exports create<Name> for each API, for samples (default: samples make
                     the client of a generated contract)
  --server URL       a server to try operations on before those that the documents name; / is the one
                     that serves the site
  --config FILE      default: flowwire.config.json
  -h, --help         this text

${exitCodes('a document cannot be read')}`;

export const command: Command = {
  help: HELP,
  options: {
    ...PAIR_OPTIONS,
    out: { type: 'string', short: 'o' },
    title: { type: 'string' },
    client: { type: 'string' },
    server: { type: 'string' },
  },
  async run(values, documents, terminal) {
    const started = performance.now();
    const out = textOf(values, 'out') ?? DEFAULT_OUT;
    const [title, clientModule, server] = ['title', 'client', 'server'].map((name) => textOf(values, name));
    const apis = await readPairs(values, documents);
    const { buildDocs, SiteNameError } = await import('./build.ts');
    try {
      const { pages, files } = await buildDocs({
        apis,
        out,
        ...(title !== undefined && { title }),
        ...(clientModule !== undefined && { clientModule }),
        ...(server !== undefined && { server }),
        onProgress: terminal.progress,
      });
      const took = Math.round(performance.now() - started);
      terminal.out(`${relative(process.cwd(), out) || '.'}: ${pages} pages, ${files} files (${took} ms)\n`);
      return EXIT.done;
    } catch (error) {
      if (error instanceof SiteNameError) throw new UsageError(error.message);
      if (!(error instanceof DocumentError)) throw error;
      for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
      return EXIT.faults;
    }
  },
};
