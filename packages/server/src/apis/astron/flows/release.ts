import type { Flow, NamedVersion, Platform } from '../../../flows/flow-store.ts';

/** What can be done with a flow on a platform. */
export type ReleaseOperation = 'publish' | 'publish_api' | 'take_off';

/** What each operation adds to a status. AIUI does not publish as an API. */
const BITS: Readonly<
  Record<Platform, { readonly publish: number; readonly publish_api?: number; readonly take_off: number }>
> = {
  1: { publish: 1, publish_api: 8, take_off: 2 },
  2: { publish: 4, publish_api: 8, take_off: 16 },
  4: { publish: 32, take_off: 64 },
};

const PUBLISHED = 1 | 4 | 8 | 32;
const RUNNABLE = 1 | 4;
const TAKEN_OFF = 2 | 16 | 64;

/**
 * A flow's status once something was done to it; undefined where the platform does not have the operation.
 * Publishing takes back the platform's taking-off, and taking off all of its publishing. The one bit of publishing
 * as an API is shared: taking off either platform takes it back.
 */
export function statusAfter(
  status: number,
  operation: ReleaseOperation,
  platform: Platform,
): number | undefined {
  const bits = BITS[platform];
  const added = bits[operation];
  if (added === undefined) return undefined;
  const removed = operation === 'take_off' ? bits.publish | (bits.publish_api ?? 0) : bits.take_off;
  return (status & ~removed) | added;
}

/** Whether a flow of this status is published anywhere and in any way, so that apps can be bound to it. */
export const isPublished = (status: number): boolean => (status & PUBLISHED) !== 0;

/** Whether a flow of this status can be run: published on Xingchen or the open platform, not taken off everywhere. */
export const isRunnable = (status: number): boolean =>
  (status & RUNNABLE) !== 0 && (status & TAKEN_OFF) !== TAKEN_OFF;

/**
 * The workflow's version that a run gets; undefined where it gets none, as the flow cannot be run or has no version of
 * that name. A run that names none gets the highest of the names `v<major>.<minor>`; without any, what was published
 * without a name; without that, what was published last.
 */
export function servedVersion(
  flow: Pick<Flow, 'releaseStatus'>,
  versions: readonly NamedVersion[],
  name = '',
): number | undefined {
  if (!isRunnable(flow.releaseStatus)) return undefined;
  if (name !== '') return versions.find((version) => version.name === name)?.version;
  return versions.reduce<NamedVersion | undefined>(preferred, undefined)?.version;
}

function preferred(best: NamedVersion | undefined, next: NamedVersion): NamedVersion {
  if (!best) return next;
  const [first, second] = [placeOf(best), placeOf(next)];
  const differing = first.findIndex((part, index) => part !== second[index]);
  if (differing < 0) return best;
  return (second[differing] ?? 0n) > (first[differing] ?? 0n) ? next : best;
}

const NUMBERED = /^v(\d+)\.(\d+)$/;

/** Places compare part by part. As bigint: a name may have more digits than a number can hold. */
function placeOf({ name, updatedAt }: NamedVersion): readonly bigint[] {
  const [, major, minor] = NUMBERED.exec(name) ?? [];
  if (major !== undefined && minor !== undefined)
    return [2n, BigInt(major), BigInt(minor), BigInt(updatedAt)];
  return [name === '' ? 1n : 0n, 0n, 0n, BigInt(updatedAt)];
}
