import { isObject, type JsonObject } from '../json.ts';
import type { Severity } from './change.ts';

type Version = readonly [major: number, minor: number, patch: number];

/** `major.minor.patch`, without what may follow; undefined for other versions (semver.org). */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text.trim()) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** The least version that a step asks for. Below 1.0.0 what breaks is a minor step (semver.org, 4). */
function next([major, minor, patch]: Version, step: Severity): Version {
  if (step === 'patch') return [major, minor, patch + 1];
  return step === 'major' && major > 0 ? [major + 1, 0, 0] : [major, minor + 1, 0];
}

const isLess = (a: Version, b: Version): boolean => {
  const index = a.findIndex((part, at) => part !== b[at]);
  return index !== -1 && (a[index] ?? 0) < (b[index] ?? 0);
};

/** Why `info.version` does not fit the changes; undefined when it does. */
export function checkVersion(
  before: unknown,
  after: unknown,
  step: Severity | undefined,
): string | undefined {
  if (step === undefined) return undefined;
  const [from, to] = [before, after].map((text) =>
    typeof text === 'string' ? parseVersion(text) : undefined,
  );
  if (from === undefined || to === undefined)
    return `info.version cannot be checked: ${String(before)} or ${String(after)} is no semantic version (1.2.3).`;
  const least = next(from, step);
  if (!isLess(to, least)) return undefined;
  return `info.version is ${String(after)}, but these changes ask for ${least.join('.')} or later.`;
}

/** `info.version` of a document. */
export const versionOf = (root: JsonObject): unknown => (isObject(root.info) ? root.info.version : undefined);
