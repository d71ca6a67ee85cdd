import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { isApiError } from '@flowwire/client';
import { createWorkflowExecution } from '@flowwire/client/workflow-execution';
import { describeReport } from './report.ts';

const HELP = `Brings an astron-agent flow over and runs it.

Usage: FLOWWIRE_KEY=fw_... npm start -w examples/import-astron -- [FILE] [TEXT]

FILE          the flow, as JSON or YAML   flow.json beside this program
TEXT          what the user says          notes of a meeting
FLOWWIRE_KEY  the key that the server printed at its first start
FLOWWIRE_URL  where it listens            http://127.0.0.1:8080
`;

const NOTES = `The release moves to Friday. Two bugs in the importer are left; Lin takes both.
The documentation is complete. Next week we begin with the mobile client.`;

const [file = new URL('../flow.json', import.meta.url), text = NOTES] = process.argv.slice(2);
const { FLOWWIRE_KEY: auth, FLOWWIRE_URL: baseUrl = 'http://127.0.0.1:8080' } = process.env;

if (file === '--help' || auth === undefined) {
  process.stdout.write(HELP);
  process.exit(file === '--help' ? 0 : 2);
}

const client = createWorkflowExecution({ baseUrl, auth });

/** Imports the flow and answers the id of the workflow that it became. */
async function importFlow(): Promise<string> {
  const content = await readFile(file, 'utf8');
  const imported = await client.importWorkflow({ body: { format: 'astron', content } });
  console.log(describeReport(imported.report));
  if (!('workflow' in imported)) throw new Error('the server answered a preview');
  return imported.workflow.id;
}

/** Runs a workflow, and lets the person at the terminal answer what it asks. */
async function run(id: string): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const inputs = { AGENT_USER_INPUT: text };
  try {
    for await (const event of client.streamWorkflowExecution({ path: { id }, body: { inputs } })) {
      if (event.event === 'text_chunk') process.stdout.write(event.data.text);
      if (event.event === 'error') console.error(`failed: ${event.data.message}`);
      if (event.event === 'workflow_finished') console.log(`\n${event.data.status}`);
      if (event.event !== 'question') continue;
      const { question_id, question, choices } = event.data;
      const offered = choices?.map((choice) => `\n  ${choice.id}  ${choice.label}`).join('') ?? '';
      // Without a person, as in a pipe, the first choice is taken.
      const said = process.stdin.isTTY ? (await terminal.question(`${question}${offered}\n> `)).trim() : '';
      const [first] = choices ?? [];
      await client.answerExecution({
        path: { execution_id: event.workflow_run_id },
        body: first
          ? { type: 'choice', question_id, choice: said || first.id }
          : { type: 'text', question_id, text: said },
      });
    }
  } finally {
    terminal.close();
  }
}

try {
  await run(await importFlow());
} catch (error) {
  if (!isApiError(error)) throw error;
  console.error(`${error.message}\n${error.rawBody ?? `Is the server running at ${baseUrl}?`}`);
  process.exitCode = 1;
}
