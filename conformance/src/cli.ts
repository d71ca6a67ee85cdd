import { parseArgs } from 'node:util';
import { SUITES } from './apis/index.ts';
import { toText } from './report.ts';
import { runSuite } from './suite.ts';

const HELP = `npm run conformance -- --base-url URL --key KEY [options]

Holds a running server against the documents in specs/: of every operation a success, wrong and missing
credentials, every documented refusal, boundary values, another tenant's ids. It creates and deletes
workflows, runs and keys of the key's tenant; nothing that was there before is touched.

  --base-url URL     where the server is, such as http://127.0.0.1:8080
  --key KEY          an API key with ADMIN
  --other-key KEY    an API key with ADMIN of another tenant, to look for leaks between tenants
  --api NAMES        only these APIs, comma-separated: ${SUITES.map(({ contract }) => contract.name).join(', ')}
  --only PATTERN     only operations whose id matches this regular expression, without the flows
  --timeout SECONDS  for one answer, default 60
  --json             print the whole report as one line of JSON
  --verbose          print each thing as it is tried

Exits with 0 when everything is as documented, 1 when something is not, 2 for wrong arguments.
`;

/** Runs the command; answers the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'base-url': { type: 'string' },
      key: { type: 'string' },
      'other-key': { type: 'string' },
      api: { type: 'string' },
      only: { type: 'string' },
      timeout: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { 'base-url': baseUrl, key, 'other-key': otherKey, only } = values;
  if (baseUrl === undefined || key === undefined) throw new UsageError('--base-url and --key are needed');
  if (!URL.canParse(baseUrl)) throw new UsageError(`--base-url ${baseUrl} is no URL`);
  const timeout = Number(values.timeout);
  if (!(timeout > 0)) throw new UsageError(`--timeout ${values.timeout} is no number of seconds`);
  const pattern = only === undefined ? undefined : new RegExp(only);
  const report = await runSuite({
    baseUrl: baseUrl.replace(/\/+$/, ''),
    key,
    ...(otherKey !== undefined && { otherKey }),
    suites: suitesNamed(values.api),
    ...(pattern && { only: (operationId: string) => pattern.test(operationId) }),
    timeoutMs: timeout * 1000,
    onEntry: ({ api, operationId, what, fault }) => {
      if (values.verbose) process.stderr.write(`${fault ? '✗' : '✓'} ${api} ${operationId}: ${what}\n`);
    },
  });
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : toText(report));
  return report.passed ? 0 : 1;
}

class UsageError extends Error {}

function suitesNamed(names: string | undefined) {
  if (names === undefined) return SUITES;
  return names.split(',').map((name) => {
    const suite = SUITES.find(({ contract }) => contract.name === name.trim());
    if (!suite) throw new UsageError(`there is no API ${name}`);
    return suite;
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(
    isUsage ? `${error.message}\n\n${HELP}` : `${error instanceof Error ? error.stack : error}\n`,
  );
  process.exitCode = 2;
}
