import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ApiSource, SchemaSource } from './generate.ts';

/** What `flowwire generate` does without arguments. Paths are relative to the file's folder. */
export interface Config {
  readonly apis: readonly ApiSource[];
  readonly schemas: readonly SchemaSource[];
}

/** A configuration file that cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Row = Readonly<Record<string, string>>;

function readRow(
  value: unknown,
  where: string,
  required: readonly string[],
  optional: readonly string[],
): Row {
  if (typeof value !== 'object' || value === null) throw new ConfigError(`${where} is not an object`);
  for (const [key, member] of Object.entries(value)) {
    if (![...required, ...optional].includes(key)) throw new ConfigError(`${where}.${key} is not known`);
    if (typeof member !== 'string') throw new ConfigError(`${where}.${key} is not text`);
  }
  const missing = required.find((key) => !(key in value));
  if (missing !== undefined) throw new ConfigError(`${where}.${missing} is missing`);
  return { ...value };
}

function readRows<T>(value: unknown, where: string, read: (row: unknown, where: string) => T): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new ConfigError(`${where} is not a list`);
  return value.map((row, index) => read(row, `${where}[${index}]`));
}

const isEventStreams = (text: string | undefined): text is ApiSource['eventStreams'] =>
  text === undefined || ['spec', 'payload', 'object'].includes(text);

/** Reads flowwire.config.json. Throws `ConfigError`, which names the member at fault. */
export async function loadConfig(path: string): Promise<Config> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new ConfigError(`${path} cannot be read`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${path} is not JSON`, { cause });
  }
  if (typeof value !== 'object' || value === null) throw new ConfigError(`${path} is not an object`);
  const unknown = Object.keys(value).find((key) => key !== 'apis' && key !== 'schemas');
  if (unknown !== undefined) throw new ConfigError(`${path}: ${unknown} is not known`);
  const at = (file = ''): string => join(dirname(path), file);
  const apis = readRows(
    'apis' in value ? value.apis : undefined,
    `${path}: apis`,
    (row, where): ApiSource => {
      const read = readRow(row, where, ['out'], ['openapi', 'asyncapi', 'name', 'runtime', 'eventStreams']);
      const { eventStreams } = read;
      if (read.openapi === undefined && read.asyncapi === undefined)
        throw new ConfigError(`${where} needs openapi or asyncapi`);
      if (!isEventStreams(eventStreams))
        throw new ConfigError(`${where}.eventStreams is spec, payload or object`);
      return {
        out: at(read.out),
        ...(eventStreams !== undefined && { eventStreams }),
        ...(read.openapi !== undefined && { openapi: at(read.openapi) }),
        ...(read.asyncapi !== undefined && { asyncapi: at(read.asyncapi) }),
        ...(read.name !== undefined && { name: read.name }),
        ...(read.runtime !== undefined && { runtime: read.runtime }),
      };
    },
  );
  const schemas = readRows(
    'schemas' in value ? value.schemas : undefined,
    `${path}: schemas`,
    (row, where) => {
      const read = readRow(row, where, ['schemas', 'out'], []);
      return { schemas: at(read.schemas), out: at(read.out) };
    },
  );
  return { apis, schemas };
}
