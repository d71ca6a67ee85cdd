import { readFile } from 'node:fs/promises';
import { createWorkflowExecution, isApiError } from '@flowwire/client';
import { createTerminal } from './terminal.ts';

const HELP = `Reviews a résumé with a streaming workflow.

Usage: FLOWWIRE_KEY=fw_... npm start -w examples/quickstart -- [FILE] [WISH]

FILE          a text file        resume.txt beside this program
WISH          what you want      "Make it fit a post as platform engineer"
FLOWWIRE_KEY  the key that the server printed at its first start
FLOWWIRE_URL  where it listens   http://127.0.0.1:8080
`;

const [file = new URL('../resume.txt', import.meta.url), query = 'Make it fit a post as platform engineer'] =
  process.argv.slice(2);
const { FLOWWIRE_KEY: auth, FLOWWIRE_URL: baseUrl = 'http://127.0.0.1:8080' } = process.env;

if (file === '--help' || auth === undefined) {
  process.stdout.write(HELP);
  process.exit(file === '--help' ? 0 : 2);
}

const workflows = createWorkflowExecution({ baseUrl, auth });
const terminal = createTerminal();
const stream = workflows.streamWorkflowExecution(
  { path: { id: 'wf_resume-review' }, body: { inputs: { query, content: await readFile(file, 'utf8') } } },
  { onReconnect: (attempt) => terminal.status(`connection lost, attempt ${attempt + 1} to go on`) },
);

try {
  let percent = 0;
  for await (const event of stream) {
    if (event.event === 'progress') percent = event.data.percent;
    if (event.event === 'node_started') terminal.status(`${percent}% · ${event.data.title}`);
    if (event.event === 'text_chunk') terminal.text(event.data.text);
    if (event.event === 'error') terminal.status(`failed: ${event.data.message}`);
  }
  const { data } = await stream.result();
  terminal.end();
  console.log(`${data.status}: ${data.total_steps} nodes in ${data.elapsed_time} s`, data.outputs);
  process.exitCode = data.status === 'succeeded' ? 0 : 1;
} catch (error) {
  if (!isApiError(error)) throw error;
  terminal.end();
  console.error(`${error.message}\nIs the server running at ${baseUrl}, and is this its key?`);
  process.exitCode = 1;
}
