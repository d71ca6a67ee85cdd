import { readFile } from 'node:fs/promises';
import { createWorkflowExecution, isApiError } from '@flowwire/client';
import { workflowExecution } from '@flowwire/contract/workflow-execution';
import { printReport } from './report.ts';

const HELP = `Imports a Dify app, tells what became of each of its nodes, and runs it.

Usage: FLOWWIRE_KEY=fw_... npm start -w examples/import-dify -- [FILE] [MESSAGE]

FILE          an exported Dify app    complaints.yml beside this program
MESSAGE       the input query         "My parcel came late, and the lamp in it is broken."
FLOWWIRE_KEY  the key that the server printed at its first start
FLOWWIRE_URL  where it listens        http://127.0.0.1:8080
`;

const [
  file = new URL('../complaints.yml', import.meta.url),
  query = 'My parcel came late, and the lamp in it is broken.',
] = process.argv.slice(2);
const { FLOWWIRE_KEY: auth, FLOWWIRE_URL: baseUrl = 'http://127.0.0.1:8080' } = process.env;

if (file === '--help' || auth === undefined) {
  process.stdout.write(HELP);
  process.exit(file === '--help' ? 0 : 2);
}

const workflows = createWorkflowExecution({ baseUrl, auth });

try {
  const imported = await workflows.importWorkflow({
    body: { format: 'dify', content: await readFile(file, 'utf8') },
  });
  printReport(imported.report);
  if ('workflow' in imported) await run(imported.workflow.id);
} catch (error) {
  if (!isApiError(error)) throw error;
  // A file that cannot be imported has a report too: it names every node that stands in the way.
  if (isApiError(error, workflowExecution, 'importWorkflow', 422)) printReport(error.body.report);
  console.error(error.message);
  if (error.type === 'network') console.error(`Is the server running at ${baseUrl}?`);
  process.exitCode = 1;
}

async function run(id: string): Promise<void> {
  console.log(`\n${id} runs:\n`);
  const stream = workflows.streamWorkflowExecution({ path: { id }, body: { inputs: { query } } });
  for await (const event of stream) {
    if (event.event === 'text_chunk') process.stdout.write(event.data.text);
    if (event.event === 'error') console.error(`\nfailed: ${event.data.message}`);
  }
  const { data } = await stream.result();
  console.log(`\n\n${data.status}: ${data.total_steps} nodes in ${data.elapsed_time} s`);
  process.exitCode = data.status === 'succeeded' ? 0 : 1;
}
