import { pino } from 'pino';
import { explain } from './advice.ts';
import { isCommand, runCli } from './cli/run-cli.ts';
import { createLogger } from './observability/logger.ts';
import { openReferenceServer, type ReferenceServer } from './reference-server.ts';
import { readSettings } from './settings.ts';

const HELP = `flowwire-server: streaming AI workflows over one durable engine

Usage: flowwire-server [--help]
       flowwire-server keys create|list|revoke ...    manages API keys; --help tells more
       flowwire-server apps create|list|delete ...    manages apps behind a gateway

Settings are environment variables:
  HOST, PORT                        where to listen            127.0.0.1, 8080
  FLOWWIRE_PUBLIC_URL               how clients reach it       where it listens
  FLOWWIRE_TRUSTED_PROXIES          addresses and networks     none; X-Forwarded-For is
                                    of proxies, ...            not believed
  FLOWWIRE_CORS_ORIGINS             https://app.example.com,   none; pages of other origins
                                    ... or *                   are kept out
  FLOWWIRE_RATE_LIMIT               requests of a key a minute 600; off
  FLOWWIRE_MANDAS_RATE_LIMIT        on the mandas API          100; off
  FLOWWIRE_ADDRESS_RATE_LIMIT       of an address              3000; off
  FLOWWIRE_LOGIN_RATE_LIMIT         logins of an address       10; off
  FLOWWIRE_DATA_DIR                 SQLite, uploads, key file  ./.data
  FLOWWIRE_DEV_KEY                  key of the dev tenant      random, printed once
  DATABASE_URL                      postgres://...             SQLite in the data folder
  DATABASE_SCHEMA                   of PostgreSQL              public
  OPENAI_BASE_URL, OPENAI_API_KEY,  a real model behind an     the built-in offline model,
  OPENAI_MODEL                      OpenAI-compatible endpoint which only extracts
  FLOWWIRE_SMTP_URL,                smtp[s]://user:pass@host   none; nodes cannot send mail
  FLOWWIRE_MAIL_FROM                and the sender's address
  FLOWWIRE_SECRET_KEY               64 hex digits; encrypts    a file in the data folder
                                    secrets
  FLOWWIRE_RUN_CONCURRENCY          runs at once               64
  FLOWWIRE_MAX_WAITING_RUNS         for their turn             10000
  FLOWWIRE_TENANT_CONCURRENCY       of one tenant              as FLOWWIRE_RUN_CONCURRENCY
  FLOWWIRE_BACKGROUND_CONCURRENCY   of one tenant that are     10
                                    started in the background
  FLOWWIRE_RUN_TIMEOUT_MS           a run's default time-out   300000
  FLOWWIRE_BACKGROUND_TIMEOUT_MS    in the background          3600000
  FLOWWIRE_DISCONNECT_GRACE_MS      until a run is cancelled   10000
                                    that nobody reads any more
  FLOWWIRE_DRAIN_TIMEOUT_MS         for SIGTERM                10000
  FLOWWIRE_MAX_NODE_CRASHES         at one node, to fail a run 3
  FLOWWIRE_RETAIN_EVENTS_DAYS       after a run's end          30; forever keeps them
  FLOWWIRE_RETAIN_RUNS_DAYS         after a run's end          365; forever keeps them
  FLOWWIRE_RETAIN_EVENTS_OF_RUNS    of so many ended runs of   forever
                                    a tenant
  FLOWWIRE_FILE_QUOTA_MB            uploads of one tenant      5000
  FLOWWIRE_RETAIN_FILES_DAYS        after their upload         30; forever keeps them
  FLOWWIRE_LOGIN_HOURS              a login's longest time     12
  FLOWWIRE_ALLOW_PRIVATE_ADDRESSES  host[:port],...            none; http nodes cannot reach them
  ASTRON_PING_MS                    until a quiet stream of   30000
                                    the astron API is sent one
  ASTRON_ERROR_CODES                documented or upstream:    documented
                                    whose error numbers the
                                    astron API answers
  LOG_LEVEL                         fatal ... trace, silent    info
  NODE_ENV                          production: answers are    none
                                    not checked any more, and
                                    x-consumer-username is not
                                    taken from loopback
`;

const SAMPLE = 'wf_resume-review';
const SAMPLE_INPUTS = {
  query: 'Make it fit a post as data analyst',
  content:
    'Ada Lovelace. I wrote the first program for a general machine in 1843. I taught myself calculus. ' +
    'I translated and annotated a paper on the Analytical Engine, and my notes were three times its length. ' +
    'I enjoy horses and music.',
};

function banner({ url, newDevKey }: ReferenceServer, isKeyGiven: boolean, model: string): string {
  const key = newDevKey ?? '$FLOWWIRE_DEV_KEY';
  const known = isKeyGiven
    ? 'as FLOWWIRE_DEV_KEY says'
    : 'was printed at the first start; set FLOWWIRE_DEV_KEY to choose another';
  const about = newDevKey === undefined ? known : `${newDevKey}   (keep it: it is not shown again)`;
  return `
flowwire listens on ${url}

  dev key   ${about}
  model     ${model}
  docs      ${url}/docs   ${url}/specs/
  health    ${url}/healthz   ${url}/readyz   ${url}/metrics

Stream a workflow:

curl -N -X POST ${url}/api/workflow/${SAMPLE}/execute/stream \\
  -H "Authorization: Bearer ${key}" \\
  -H 'Content-Type: application/json' \\
  -H 'Accept: text/event-stream' \\
  -d '${JSON.stringify({ inputs: SAMPLE_INPUTS })}'

`;
}

async function main(): Promise<void> {
  const [argument] = process.argv.slice(2);
  if (argument !== undefined && isCommand(argument)) {
    process.exitCode = await runCli(process.argv.slice(2), process.env, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      now: Date.now,
    });
    return;
  }
  if (argument !== undefined) {
    const isHelp = argument === '--help';
    (isHelp ? process.stdout : process.stderr).write(
      isHelp ? HELP : `Unknown argument ${argument}.\n\n${HELP}`,
    );
    process.exit(isHelp ? 0 : 2);
  }
  const settings = readSettings(process.env);
  const logger = createLogger(settings.logLevel, pino.destination(2));
  const server = await openReferenceServer(settings, logger);
  const model =
    settings.model?.model ?? 'offline (extracts only; set OPENAI_BASE_URL and OPENAI_MODEL for a real one)';
  process.stdout.write(banner(server, settings.devKey !== undefined, model));

  let closing = false;
  const stop = (signal: string) => {
    if (closing) process.exit(1);
    closing = true;
    logger.info({ signal }, 'draining; once more ends at once');
    server.close().then(
      () => {
        logger.info('closed');
        process.exit(0);
      },
      (error) => {
        logger.error({ err: error }, 'closing failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
