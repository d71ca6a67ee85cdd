/** What the environment may set. Only main.ts reads the environment; it hands it to `readSettings`. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  /** The PostgreSQL schema; created when it does not exist. */
  readonly databaseSchema: string;
  readonly devKey: string | undefined;
  readonly model: ModelSettings | undefined;
  readonly logLevel: string;
  readonly runConcurrency: number;
  readonly runTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly maxNodeCrashes: number;
  readonly validateReplies: boolean;
  readonly allowPrivateAddresses: readonly string[];
}

/** A model behind an OpenAI-compatible endpoint. */
export interface ModelSettings {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly model: string;
}

/** Thrown with every fault of the environment at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/**
 * Reads the settings from environment variables.
 *
 * @throws SettingsError naming every variable that cannot be used, and what would be.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const faults: string[] = [];

  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const integer = (name: string, fallback: number, min: number, max: number): number => {
    const given = text(name);
    if (given === undefined) return fallback;
    const value = Number(given);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    faults.push(`${name} must be a whole number from ${min} to ${max}, not "${given}"`);
    return fallback;
  };
  const oneOf = (name: string, values: readonly string[], fallback: string): string => {
    const given = text(name) ?? fallback;
    if (values.includes(given)) return given;
    faults.push(`${name} must be one of ${values.join(', ')}, not "${given}"`);
    return fallback;
  };
  const url = (name: string, protocols: readonly string[]): string | undefined => {
    const given = text(name);
    if (given === undefined) return undefined;
    if (URL.canParse(given) && protocols.includes(new URL(given).protocol)) return given;
    faults.push(`${name} must be a URL that begins with ${protocols.join('// or ')}//`);
    return undefined;
  };

  const baseUrl = url('OPENAI_BASE_URL', ['http:', 'https:']);
  const model = text('OPENAI_MODEL');
  if (baseUrl && !model) faults.push('OPENAI_MODEL is needed beside OPENAI_BASE_URL');
  if (model && !baseUrl) faults.push('OPENAI_BASE_URL is needed beside OPENAI_MODEL');

  const devKey = text('FLOWWIRE_DEV_KEY');
  if (devKey !== undefined && devKey.length < 16)
    faults.push('FLOWWIRE_DEV_KEY needs at least 16 characters');

  const settings: Settings = {
    host: text('HOST') ?? '127.0.0.1',
    port: integer('PORT', 8080, 0, 65_535),
    dataDir: text('FLOWWIRE_DATA_DIR') ?? './.data',
    databaseUrl: url('DATABASE_URL', ['postgres:', 'postgresql:']),
    databaseSchema: text('DATABASE_SCHEMA') ?? 'public',
    devKey,
    model: baseUrl && model ? { baseUrl, apiKey: text('OPENAI_API_KEY'), model } : undefined,
    logLevel: oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    runConcurrency: integer('FLOWWIRE_RUN_CONCURRENCY', 64, 1, 10_000),
    runTimeoutMs: integer('FLOWWIRE_RUN_TIMEOUT_MS', 300_000, 1, 86_400_000),
    drainTimeoutMs: integer('FLOWWIRE_DRAIN_TIMEOUT_MS', 10_000, 0, 600_000),
    maxNodeCrashes: integer('FLOWWIRE_MAX_NODE_CRASHES', 3, 1, 1_000),
    validateReplies: text('NODE_ENV') !== 'production',
    allowPrivateAddresses: (text('FLOWWIRE_ALLOW_PRIVATE_ADDRESSES') ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  };
  if (faults.length > 0) throw new SettingsError(`The settings have faults:\n- ${faults.join('\n- ')}`);
  return settings;
}
