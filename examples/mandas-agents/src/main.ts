import { readFile } from 'node:fs/promises';
import { createMandas, isApiError } from '@flowwire/client';
import { tell } from './tell.ts';

const HELP = `Lets a team of agents work on a text in the background, follows it and shows what came of it.

Usage: FLOWWIRE_KEY=fw_... npm start -w examples/mandas-agents -- [FILE]

FILE          a text file        notes of a meeting
FLOWWIRE_KEY  the key that the server printed at its first start
FLOWWIRE_URL  where it listens   http://127.0.0.1:8080
`;

const NOTES = `The release moves to Friday. Two bugs in the importer are left; Lin takes both.
The documentation is complete. Next week we begin with the mobile client.`;

const [file] = process.argv.slice(2);
const { FLOWWIRE_KEY: auth, FLOWWIRE_URL: baseUrl = 'http://127.0.0.1:8080' } = process.env;

if (file === '--help' || auth === undefined) {
  process.stdout.write(HELP);
  process.exit(file === '--help' ? 0 : 2);
}

const mandas = createMandas({ baseUrl, auth });

/** Stores the team as a workflow, and starts a run that goes on whoever looks. Answers the run's id. */
async function start(notes: string): Promise<string> {
  const definition_yaml = await readFile(new URL('../team.yaml', import.meta.url), 'utf8');
  const { id } = await mandas.createWorkflow({ body: { name: 'Meeting team', definition_yaml } });
  const { run_id } = await mandas.startRun({
    path: { workflow_id: id },
    body: { initial_input: { notes } },
  });
  console.log(`${run_id} works in the background.`);
  return run_id;
}

/** Follows a run to its end, and shows its record. */
async function follow(run_id: string): Promise<void> {
  for await (const event of mandas.followRun({ path: { run_id } })) {
    const line = tell(event);
    if (line !== undefined) console.log(line);
  }
  const { status, final_output, agent_results = [], token_usage } = await mandas.getRun({ path: { run_id } });
  for (const { agent_name, output } of agent_results) console.log(`\n${agent_name}:`, output);
  console.log(`\n${status}, ${token_usage?.total ?? 0} tokens:`, final_output);
  process.exitCode = status === 'COMPLETED' ? 0 : 1;
}

try {
  await follow(await start(file === undefined ? NOTES : await readFile(file, 'utf8')));
} catch (error) {
  if (!isApiError(error)) throw error;
  console.error(`${error.message}\nIs the server running at ${baseUrl}, and is this its key?`);
  process.exitCode = 1;
}
