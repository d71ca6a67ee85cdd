import type { BundledDocument } from '../bundle/read.ts';
import type { JsonObject } from '../json.ts';
import type { Difference } from './redocly.ts';
import { readEventUnions } from './streams.ts';
import { type Direction, readUses, type Use, type Uses } from './uses.ts';

/** What judging one difference needs to know of the two documents. */
export interface Facts {
  readonly kind: BundledDocument['kind'];
  /** Who sends what stands at the difference: in the new document, or in the old one when it was removed. */
  usesOf(difference: Difference): readonly Use[];
  /** Whether somebody sends it that way. */
  sends(difference: Difference, direction: Direction): boolean;
  /** Whether the difference is a member of a union of events. */
  isEvent(difference: Difference): boolean;
  /** The value at the pointer of the side that is there. */
  rootOf(difference: Difference): JsonObject;
}

interface SideFacts {
  readonly root: JsonObject;
  readonly uses: Uses;
  readonly eventUnions: ReadonlySet<string>;
}

const readSide = (root: JsonObject, kind: BundledDocument['kind']): SideFacts => ({
  root,
  uses: readUses(root),
  eventUnions: readEventUnions(root, kind === 'openapi' ? 'document' : 'asyncDocument'),
});

const UNION_MEMBER = /^(.*)\/(?:oneOf|anyOf)\/\d+$/;

/** The pointer of the side that a difference is about. */
export const pointerOf = ({ kind, base, revision }: Difference): string =>
  (kind === 'removed' ? base : (revision ?? base))?.pointer ?? '';

/** Reads what is asked about differences between two comparable documents. */
export function readFacts(base: JsonObject, revision: JsonObject, kind: BundledDocument['kind']): Facts {
  const sides = { base: readSide(base, kind), revision: readSide(revision, kind) };
  const sideOf = (difference: Difference): SideFacts =>
    difference.kind === 'removed' ? sides.base : sides.revision;
  const usesOf = (difference: Difference): readonly Use[] => sideOf(difference).uses(pointerOf(difference));
  return {
    kind,
    usesOf,
    sends: (difference, direction) => usesOf(difference).some((use) => use.direction === direction),
    isEvent: (difference) => {
      const [, union] = UNION_MEMBER.exec(pointerOf(difference)) ?? [];
      return union !== undefined && sideOf(difference).eventUnions.has(union);
    },
    rootOf: (difference) => sideOf(difference).root,
  };
}
