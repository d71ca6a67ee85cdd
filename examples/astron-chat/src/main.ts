import { createInterface } from 'node:readline/promises';
import { createAstron, createIdentity, isApiError } from '@flowwire/client';
import type { ChatFrame, InterruptData, Question } from '@flowwire/contract/astron';
import { FLOW } from './flow.ts';

const HELP = `Publishes an astron flow, chats with it and answers its question.

Usage: FLOWWIRE_KEY=fw_... npm start -w examples/astron-chat -- [ORDER] [ANSWER]

ORDER         what the user says              pizza
ANSWER        the option to choose, A or B    asked in the terminal; A in a pipe
FLOWWIRE_KEY  the key that the server printed at its first start
FLOWWIRE_URL  where it listens                http://127.0.0.1:8080
`;

const [order = 'pizza', answer] = process.argv.slice(2);
const { FLOWWIRE_KEY: auth, FLOWWIRE_URL: baseUrl = 'http://127.0.0.1:8080' } = process.env;

if (order === '--help' || auth === undefined) {
  process.stdout.write(HELP);
  process.exit(order === '--help' ? 0 : 2);
}

const astron = createAstron({ baseUrl, auth });
const identity = createIdentity({ baseUrl, auth });

/** Stores the flow, publishes it as version v1.0 and lets our own key run it. Answers its id. */
async function publish(): Promise<string> {
  const { data, message } = await astron.addLayout({ body: { name: 'Pizza counter', data: FLOW } });
  // A refusal is thrown as an ApiError, also where it is answered with 200; the type cannot tell.
  if (!data) throw new Error(message);
  const { flow_id } = data;
  await astron.publishFlow({ body: { flow_id, release_status: 1, plat: 1, version: 'v1.0' } });
  const { key_id } = await identity.getPrincipal();
  await astron.bindApp({ body: { flow_id, app_id: key_id } });
  return flow_id;
}

/** Writes the text of an answer as it comes. Answers the question that it ends with, if it does. */
async function show(frames: AsyncIterable<ChatFrame>): Promise<InterruptData | undefined> {
  for await (const frame of frames) {
    if (frame.code !== 0) throw new Error(`${frame.code}: ${frame.message}`);
    process.stdout.write(frame.choices[0]?.delta.content ?? '');
    if (frame.event_data) return frame.event_data;
  }
  return undefined;
}

async function ask(question: Question): Promise<string> {
  const options = question.type === 'option' ? question.option : [];
  console.log([question.content, ...options.map(({ id, text }) => `  ${id}  ${text}`)].join('\n'));
  if (answer !== undefined) return answer;
  // Without a person, as in a pipe, the first option is taken.
  if (!process.stdin.isTTY) return options[0]?.id ?? '';
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question('> ')).trim();
  } finally {
    terminal.close();
  }
}

try {
  const flow_id = await publish();
  console.log(`${flow_id} is published.\n`);
  const parameters = { AGENT_USER_INPUT: order };
  let asked = await show(astron.createChatCompletion.stream({ body: { flow_id, parameters } }));
  while (asked) {
    const { event_id, value } = asked;
    const content = await ask(value);
    asked = await show(astron.resumeChat.stream({ body: { event_id, event_type: 'resume', content } }));
  }
  process.stdout.write('\n');
} catch (error) {
  if (!isApiError(error)) throw error;
  const isRefusal = error.status === 200;
  console.error(
    error.message + (isRefusal ? '' : `\nIs the server running at ${baseUrl}, and is this its key?`),
  );
  process.exitCode = 1;
}
