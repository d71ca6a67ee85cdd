import { readFile } from 'node:fs/promises';
import { createWorkflowExecution, isApiError } from '@flowwire/client';

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
const stream = workflows.streamWorkflowExecution(
  { path: { id: 'wf_resume-review' }, body: { inputs: { query, content: await readFile(file, 'utf8') } } },
  { onReconnect: (attempt) => status(`connection lost, attempt ${attempt} to go on`) },
);

try {
  let percent = 0;
  for await (const event of stream) {
    if (event.event === 'progress') percent = event.data.percent;
    if (event.event === 'node_started') status(`${percent}% · ${event.data.title}`);
    if (event.event === 'node_finished') {
      status(`${percent}% · ${event.data.title}: ${event.data.status} in ${event.data.elapsed_time} s`);
    }
    if (event.event === 'text_chunk') process.stdout.write(event.data.text);
    if (event.event === 'error') status(`failed: ${event.data.message}`);
  }
  const { data } = await stream.result();
  status(`${data.status} after ${data.total_steps} nodes in ${data.elapsed_time} s`);
  process.stdout.write(`\n${JSON.stringify(data.outputs, null, 2)}\n`);
  process.exitCode = data.status === 'succeeded' ? 0 : 1;
} catch (error) {
  if (!isApiError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** One line of progress. It goes to stderr, so that the text alone can be piped on. */
function status(text: string): void {
  process.stderr.write(`\u001b[2m[${text}]\u001b[0m\n`);
}
