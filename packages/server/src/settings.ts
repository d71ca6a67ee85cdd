import type { RetentionPolicy } from '@flowwire/engine';
import { CODE_SETS, type CodeSet } from './apis/astron/errors.ts';
import { createEnvironment, type Environment } from './environment.ts';
import { isAddressRange } from './http/client-address.ts';
import type { RateSettings } from './limits/policies.ts';

/** What the environment may set. Only main.ts reads the environment; it hands it to `readSettings`. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** How clients reach the server, without a slash at the end; undefined where they come to where it listens. */
  readonly publicUrl: string | undefined;
  /** Proxies whose `X-Forwarded-For` and consumer header are believed: addresses and networks. */
  readonly trustedProxies: readonly string[];
  /** Origins whose pages may send requests and read answers; `*` alone for all. */
  readonly corsOrigins: readonly string[];
  readonly rates: RateSettings;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  /** The PostgreSQL schema; created when it does not exist. */
  readonly databaseSchema: string;
  readonly devKey: string | undefined;
  readonly model: ModelSettings | undefined;
  readonly mail: MailSettings | undefined;
  /** See `loadSecretKey`, which also judges it. */
  readonly secretKey: string | undefined;
  readonly logLevel: string;
  readonly runConcurrency: number;
  /** How many runs may wait for their turn. */
  readonly maxWaitingRuns: number;
  /** How many runs of one tenant are under way at once, outside of the pool `background`. */
  readonly tenantConcurrency: number;
  /** And in it. */
  readonly backgroundConcurrency: number;
  /** How long a run of that pool may take. */
  readonly backgroundTimeoutMs: number;
  readonly runTimeoutMs: number;
  /** How long a run goes on whose last reader has left, where the request sets nothing. */
  readonly disconnectGraceMs: number;
  readonly drainTimeoutMs: number;
  readonly maxNodeCrashes: number;
  readonly retention: RetentionPolicy;
  /** Bytes that the uploaded files of one tenant may have together. */
  readonly fileQuota: number;
  /** How long uploaded files are kept; undefined for ever. */
  readonly retainFilesMs: number | undefined;
  readonly validateReplies: boolean;
  /** How long a login lasts at most. */
  readonly loginMs: number;
  /** Whether the consumer header is taken from loopback. */
  readonly trustLoopbackApps: boolean;
  /** Whose numbers the errors of the astron API have. */
  readonly astronErrorCodes: CodeSet;
  /** How long a stream of the astron API may be quiet until a ping. */
  readonly astronPingMs: number;
  readonly allowPrivateAddresses: readonly string[];
}

/** A model behind an OpenAI-compatible endpoint. */
export interface ModelSettings {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly model: string;
}

/** Where mail of workflows is handed in, and whom it comes from. */
export interface MailSettings {
  /** `smtp://user:password@host:port`, or `smtps:`. */
  readonly url: string;
  readonly from: string;
}

/** Thrown with every fault of the environment at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;
const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;
/** A browser keeps no cookie for longer than 400 days. */
const MAX_LOGIN_HOURS = 9_600;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/**
 * Reads the settings from environment variables.
 *
 * @throws SettingsError naming every variable that cannot be used, and what would be.
 */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): Settings {
  const env = createEnvironment(variables);
  const { faults, text, integer } = env;
  const runConcurrency = integer('FLOWWIRE_RUN_CONCURRENCY', 64, 1, 10_000);
  const settings: Settings = {
    host: text('HOST') ?? '127.0.0.1',
    port: integer('PORT', 8080, 0, 65_535),
    publicUrl: env.url('FLOWWIRE_PUBLIC_URL', ['http:', 'https:'])?.replace(/\/+$/, ''),
    trustedProxies: env.list('FLOWWIRE_TRUSTED_PROXIES', isAddressRange, 'addresses or networks'),
    corsOrigins: readOrigins(env),
    rates: readRates(env),
    dataDir: text('FLOWWIRE_DATA_DIR') ?? './.data',
    databaseUrl: env.url('DATABASE_URL', ['postgres:', 'postgresql:']),
    databaseSchema: text('DATABASE_SCHEMA') ?? 'public',
    devKey: text('FLOWWIRE_DEV_KEY'),
    model: readModel(env),
    mail: readMail(env),
    secretKey: text('FLOWWIRE_SECRET_KEY'),
    logLevel: env.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    runConcurrency,
    maxWaitingRuns: integer('FLOWWIRE_MAX_WAITING_RUNS', 10_000, 1, 1_000_000),
    tenantConcurrency: integer('FLOWWIRE_TENANT_CONCURRENCY', runConcurrency, 1, 10_000),
    backgroundConcurrency: integer('FLOWWIRE_BACKGROUND_CONCURRENCY', 10, 1, 10_000),
    backgroundTimeoutMs: integer('FLOWWIRE_BACKGROUND_TIMEOUT_MS', HOUR_MS, 1, DAY_MS),
    runTimeoutMs: integer('FLOWWIRE_RUN_TIMEOUT_MS', 300_000, 1, DAY_MS),
    disconnectGraceMs: integer('FLOWWIRE_DISCONNECT_GRACE_MS', 10_000, 0, HOUR_MS),
    drainTimeoutMs: integer('FLOWWIRE_DRAIN_TIMEOUT_MS', 10_000, 0, 600_000),
    maxNodeCrashes: integer('FLOWWIRE_MAX_NODE_CRASHES', 3, 1, 1_000),
    retention: readRetention(env),
    ...readFiles(env),
    validateReplies: text('NODE_ENV') !== 'production',
    loginMs: integer('FLOWWIRE_LOGIN_HOURS', 12, 1, MAX_LOGIN_HOURS) * HOUR_MS,
    trustLoopbackApps: text('NODE_ENV') !== 'production',
    astronErrorCodes: env.oneOf('ASTRON_ERROR_CODES', CODE_SETS, 'documented'),
    astronPingMs: integer('ASTRON_PING_MS', 30_000, 10, 600_000),
    allowPrivateAddresses: env.list('FLOWWIRE_ALLOW_PRIVATE_ADDRESSES', () => true, 'hosts'),
  };
  if (settings.devKey !== undefined && settings.devKey.length < 16)
    faults.push('FLOWWIRE_DEV_KEY needs at least 16 characters');
  if (faults.length > 0) throw new SettingsError(`The settings have faults:\n- ${faults.join('\n- ')}`);
  return settings;
}

function readModel({ faults, text, url }: Environment): ModelSettings | undefined {
  const baseUrl = url('OPENAI_BASE_URL', ['http:', 'https:']);
  const model = text('OPENAI_MODEL');
  if (baseUrl && !model) faults.push('OPENAI_MODEL is needed beside OPENAI_BASE_URL');
  if (model && !baseUrl) faults.push('OPENAI_BASE_URL is needed beside OPENAI_MODEL');
  return baseUrl && model ? { baseUrl, apiKey: text('OPENAI_API_KEY'), model } : undefined;
}

function readMail({ faults, text, url }: Environment): MailSettings | undefined {
  const smtpUrl = url('FLOWWIRE_SMTP_URL', ['smtp:', 'smtps:']);
  const from = text('FLOWWIRE_MAIL_FROM');
  if (from && !from.includes('@')) faults.push('FLOWWIRE_MAIL_FROM must be a mail address');
  if (smtpUrl && !from) faults.push('FLOWWIRE_MAIL_FROM is needed beside FLOWWIRE_SMTP_URL');
  if (from && !smtpUrl) faults.push('FLOWWIRE_SMTP_URL is needed beside FLOWWIRE_MAIL_FROM');
  return smtpUrl && from ? { url: smtpUrl, from } : undefined;
}

function readOrigins({ faults, list }: Environment): string[] {
  const isOrigin = (text: string) => text === '*' || (URL.canParse(text) && new URL(text).origin === text);
  const origins = list('FLOWWIRE_CORS_ORIGINS', isOrigin, 'origins like https://app.example.com, or *');
  if (origins.includes('*') && origins.length > 1)
    faults.push('FLOWWIRE_CORS_ORIGINS has origins beside the *');
  return origins;
}

function readRates({ limit }: Environment): RateSettings {
  const rate = (name: string, fallback: number) => limit(name, fallback, 1_000_000_000, 'off');
  return {
    key: rate('FLOWWIRE_RATE_LIMIT', 600),
    mandas: rate('FLOWWIRE_MANDAS_RATE_LIMIT', 100),
    address: rate('FLOWWIRE_ADDRESS_RATE_LIMIT', 3_000),
    login: rate('FLOWWIRE_LOGIN_RATE_LIMIT', 10),
  };
}

function readFiles({ integer, limit }: Environment): Pick<Settings, 'fileQuota' | 'retainFilesMs'> {
  const days = limit('FLOWWIRE_RETAIN_FILES_DAYS', 30, MAX_DAYS);
  return {
    fileQuota: integer('FLOWWIRE_FILE_QUOTA_MB', 5_000, 1, 1_000_000_000) * MIB,
    retainFilesMs: days === undefined ? undefined : days * DAY_MS,
  };
}

function readRetention({ limit }: Environment): RetentionPolicy {
  const eventsDays = limit('FLOWWIRE_RETAIN_EVENTS_DAYS', 30, MAX_DAYS);
  const runsDays = limit('FLOWWIRE_RETAIN_RUNS_DAYS', 365, MAX_DAYS);
  const eventsOfRuns = limit('FLOWWIRE_RETAIN_EVENTS_OF_RUNS', undefined, 1_000_000_000);
  return {
    ...(eventsDays !== undefined && { eventsMs: eventsDays * DAY_MS }),
    ...(runsDays !== undefined && { runsMs: runsDays * DAY_MS }),
    ...(eventsOfRuns !== undefined && { eventsOfRuns }),
  };
}
