// `npm run coverage`: writes docs/coverage.md, which says for every fact of the source documents which operation
// or message has it. `-- --check` only compares. Fails when a fact has no place.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureGenerated, ensureInstalled, main, ROOT, StepError } from './lib/steps.mjs';

const GENERATED = join(ROOT, 'packages/contract/src/generated');
const FACTS = join(ROOT, 'docs/coverage.facts.json');
const TABLE = join(ROOT, 'docs/coverage.md');

/** The contract table of an API: the one export of its contract.js. */
async function readContract(api) {
  const [contract] = Object.values(await import(pathToFileURL(join(GENERATED, api, 'contract.js')).href));
  return contract;
}

const pathsOf = ({ path, aliases = [] }) => [path, ...aliases];

function operationsAt({ operations, channels }, fact) {
  const [method, path] = fact.split(' ');
  if (method === 'WS')
    return Object.values(channels).flatMap(({ name, address }) =>
      address === path ? [`channel ${name}`] : [],
    );
  return Object.values(operations).flatMap((operation) =>
    operation.method === method && pathsOf(operation).includes(path) ? [operation.operationId] : [],
  );
}

const streamsOf = ({ replies }) => Object.values(replies).flatMap(({ stream }) => stream ?? []);

function placesOfEvent({ operations, channels }, fact) {
  const [, side, type] = /^(server|client) (.+)$/.exec(fact) ?? [];
  if (side !== undefined) {
    return Object.values(channels).flatMap((channel) =>
      channel[side].some((message) => message.type === type) ? [`channel ${channel.name}`] : [],
    );
  }
  return Object.values(operations).flatMap((operation) =>
    streamsOf(operation).some(({ known, sentinels }) => known.includes(fact) || sentinels.includes(fact))
      ? [`stream of ${operation.operationId}`]
      : [],
  );
}

const placesOfError = ({ operations }, fact) => {
  const [status, code] = fact.split(' ');
  return Object.values(operations).flatMap(({ operationId, replies }) =>
    (replies[status]?.errorCodes ?? []).map(String).includes(code) ? [operationId] : [],
  );
};

const placesOfStatus = ({ operations }, status) =>
  Object.values(operations).flatMap(({ operationId, replies }) => (status in replies ? [operationId] : []));

const SHOWN = 6;

function row(kind, fact, places) {
  const shown = places
    .slice(0, SHOWN)
    .map((place) => place.replace(/\S+$/, '`$&`'))
    .join(', ');
  const more = places.length > SHOWN ? ` and ${places.length - SHOWN} more` : '';
  return `| ${kind} | \`${fact}\` | ${places.length === 0 ? '**MISSING**' : shown + more} |`;
}

function section(api, { document, endpoints, events, errors, statuses }, contract) {
  const found = [
    ...endpoints.map((fact) => ['endpoint', fact, operationsAt(contract, fact)]),
    ...events.map((fact) => ['event', fact, placesOfEvent(contract, fact)]),
    ...errors.map((fact) => ['error code', fact, placesOfError(contract, fact)]),
    ...statuses.map((fact) => ['status', fact, placesOfStatus(contract, fact)]),
  ];
  const covered = found.filter(([, , places]) => places.length > 0).length;
  const operations = Object.keys(contract.operations).length;
  const messages = Object.values(contract.channels).reduce(
    (sum, { server, client }) => sum + server.length + client.length,
    0,
  );
  const sockets = messages === 0 ? '' : `, ${messages} messages of WebSockets`;
  return {
    missing: found
      .filter(([, , places]) => places.length === 0)
      .map(([kind, fact]) => `${api}: ${kind} ${fact}`),
    text: [
      `## ${api}`,
      '',
      `${document}: ${covered} of ${found.length} facts have a place. The contract has ${operations} operations${sockets}.`,
      '',
      '| kind | in the source document | in the contract |',
      '|---|---|---|',
      ...found.map((args) => row(...args)),
      '',
    ].join('\n'),
  };
}

const INTRODUCTION = `# Coverage of the source documents

Every endpoint, event type, error code and status that the five source documents name, and where the contracts have
it. Written by \`npm run coverage\` from the contract tables; the facts stand in [coverage.facts.json](coverage.facts.json).
A status before an error code is the one that it is answered with.

`;

await main(async () => {
  await ensureInstalled();
  await ensureGenerated();
  const facts = JSON.parse(await readFile(FACTS, 'utf8'));
  const apis = (await readdir(GENERATED)).filter((api) => api in facts);
  const absent = Object.keys(facts).filter((api) => !apis.includes(api));
  if (absent.length > 0) throw new StepError(`there is no contract of ${absent.join(', ')}`);
  const sections = [];
  for (const api of Object.keys(facts)) sections.push(section(api, facts[api], await readContract(api)));
  const text = INTRODUCTION + sections.map((each) => each.text).join('\n');
  const missing = sections.flatMap((each) => each.missing);
  if (!process.argv.includes('--check')) await writeFile(TABLE, text);
  else if ((await readFile(TABLE, 'utf8')) !== text)
    throw new StepError('docs/coverage.md is stale: npm run coverage writes it');
  if (missing.length > 0) throw new StepError(`no place for ${missing.join('; ')}`);
});
