import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isObject, type JsonObject } from '../json.ts';
import type { Severity } from './change.ts';

/** One difference, as `redocly diff --format json` tells it. */
export interface Difference {
  /** JSON pointer through the references of the first place that leads there. */
  readonly path: string;
  /** What stands there, such as Schema or Operation. */
  readonly typeName: string;
  readonly kind: 'added' | 'removed' | 'modified';
  readonly impact: Severity;
  readonly verdicts: readonly { readonly ruleId: string; readonly message: string }[];
  /** The member that was modified; `key` where an object has got another name. */
  readonly property?: string;
  readonly base?: Side;
  readonly revision?: Side;
}

/** One of the two documents at a difference. */
interface Side {
  /** Where it stands, not through references. */
  readonly pointer: string;
  readonly value: unknown;
}

const TIMEOUT_MS = 120_000;
const MAX_REPORT_BYTES = 512 * 1024 * 1024;

const SEVERITIES = ['major', 'minor', 'patch'] as const;
const KINDS = ['added', 'removed', 'modified'] as const;

/** Redocly could not compare two documents. */
export class CompareError extends Error {
  override readonly name = 'CompareError';
}

const misread = (where: string): CompareError =>
  new CompareError(
    `redocly diff has answered something unknown: ${where}. Its version may not fit this one.`,
  );

const oneOf = <T extends string>(allowed: readonly T[], value: unknown, where: string): T => {
  const found = allowed.find((entry) => entry === value);
  if (found === undefined) throw misread(where);
  return found;
};

const readText = (value: unknown, where: string): string => {
  if (typeof value !== 'string') throw misread(where);
  return value;
};

/** A pointer as documents write it: without the `#` and the encoding of URLs. */
const readPointer = (value: unknown, where: string): string => {
  const pointer = readText(value, where).replace(/^#/, '');
  try {
    return decodeURIComponent(pointer);
  } catch {
    return pointer;
  }
};

const readSide = (value: unknown, where: string): Side | undefined =>
  isObject(value)
    ? { pointer: readPointer(value.pointer, `${where}.pointer`), value: value.value }
    : undefined;

function readDifference(value: unknown, index: number): Difference {
  const where = `changes[${index}]`;
  if (!isObject(value) || !Array.isArray(value.verdicts)) throw misread(where);
  const base = readSide(value.base, `${where}.base`);
  const revision = readSide(value.revision, `${where}.revision`);
  return {
    path: readPointer(value.path, `${where}.path`),
    typeName: readText(value.typeName, `${where}.typeName`),
    kind: oneOf(KINDS, value.kind, `${where}.kind`),
    impact: oneOf(SEVERITIES, value.impact, `${where}.impact`),
    verdicts: value.verdicts.map((verdict: unknown) => {
      if (!isObject(verdict)) throw misread(`${where}.verdicts`);
      return {
        ruleId: readText(verdict.ruleId, `${where}.verdicts.ruleId`),
        message: readText(verdict.message, `${where}.verdicts.message`),
      };
    }),
    ...(value.property !== undefined && { property: readText(value.property, `${where}.property`) }),
    ...(base && { base }),
    ...(revision && { revision }),
  };
}

function readReport(text: string): Difference[] {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw misread(text.slice(0, 200) || 'nothing');
  }
  if (!isObject(report) || !Array.isArray(report.changes)) throw misread('changes');
  return report.changes.map(readDifference);
}

/** The command of the Redocly that is installed beside this package. */
async function findCommand(): Promise<string> {
  const path = createRequire(import.meta.url).resolve('@redocly/cli/package.json');
  const manifest: unknown = JSON.parse(await readFile(path, 'utf8'));
  const bin = isObject(manifest) && isObject(manifest.bin) ? manifest.bin.redocly : undefined;
  if (typeof bin !== 'string') throw new CompareError(`${path} names no command redocly.`);
  return join(dirname(path), bin);
}

function run(command: string, args: readonly string[], cwd: string, signal?: AbortSignal): Promise<string> {
  const options = {
    cwd,
    // It would otherwise look for a newer version, and tell its makers that it was run. Nothing else of the
    // environment may change what it says.
    env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' },
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_REPORT_BYTES,
    ...(signal && { signal }),
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [command, ...args], options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else
        reject(
          new CompareError(`redocly diff has failed: ${stderr.trim() || error.message}`, { cause: error }),
        );
    });
  });
}

/**
 * Lets Redocly compare two documents of one kind.
 *
 * @throws CompareError when it fails, takes longer than two minutes, or answers something unknown.
 */
export async function compare(
  base: JsonObject,
  revision: JsonObject,
  signal?: AbortSignal,
): Promise<Difference[]> {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-diff-'));
  try {
    await writeFile(join(folder, 'base.json'), JSON.stringify(base));
    await writeFile(join(folder, 'revision.json'), JSON.stringify(revision));
    // A configuration of the user's may have none of the rules that find breaking changes.
    await writeFile(join(folder, 'redocly.yaml'), 'extends: [diff-recommended]\n');
    const args = ['diff', 'base.json', 'revision.json', '--format', 'json', '--fail-on', 'none'];
    return readReport(await run(await findCommand(), args, folder, signal));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
