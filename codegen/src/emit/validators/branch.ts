import type { Schema } from '../../model/api.ts';
import { callOf, checks } from './check.ts';
import { negate, type Statement } from './code.ts';
import { isRoot, pathCode } from './path.ts';
import { scalarTest } from './scalars.ts';
import { isScalar } from './schemas.ts';
import type { Scope, Site } from './scope.ts';

/** Scalar schemas up to this weight are tested by a condition, others by a function. */
const MAX_CONDITION_WEIGHT = 6;

/** A schema that a value need not meet: a member of a union, or a condition. */
export interface Branch {
  readonly schema: Schema;
  /** An expression that says whether the value meets it. */
  readonly test: string;
  /** Whether a test that failed leaves errors, whose paths begin at the value. */
  readonly records: boolean;
}

/** A branch that may be tested by a condition alone. `words` help to name its function. */
export function branchOf(scope: Scope, schema: Schema, site: Site, ...words: readonly string[]): Branch {
  const known = scope.module.schemas.resolve(schema);
  if (typeof known === 'boolean') return { schema, test: String(known), records: false };
  if (isScalar(known) && scope.module.schemas.weight(known) <= MAX_CONDITION_WEIGHT) {
    return { schema, test: scalarTest(scope, known, site), records: false };
  }
  return { schema, test: callOf(scope, schema, site, ...words), records: true };
}

/** What follows when a value refuses a branch that it must meet: the branch's errors, then `end`. */
export function refusal(scope: Scope, branch: Branch, site: Site, end: string): Statement[] {
  const { test, records, schema } = branch;
  if (!records) {
    const errors = scope.isClient ? [] : checks(scope, schema, site);
    return [{ when: negate(test), body: [...errors, end] }];
  }
  if (isRoot(site.path)) return [{ when: negate(test), body: [end] }];
  const mark = scope.mark();
  return [...mark.before, { when: negate(test), body: [moveErrors(scope, mark.name, site), end] }];
}

/** Moves errors since a mark to where the value at a site is. */
export const moveErrors = ({ module }: Scope, mark: string, { path }: Site): string =>
  `${module.helper('under')}(${mark}, ${pathCode(path)});`;

/** A branch whose failed tests leave errors for those who are told of every fault. */
export function recordingBranchOf(scope: Scope, schema: Schema, site: Site, word: string): Branch {
  if (scope.isClient || typeof scope.module.schemas.resolve(schema) === 'boolean') {
    return branchOf(scope, schema, site, word);
  }
  return { schema, test: callOf(scope, schema, site, word), records: true };
}

/** A choice by whether a value meets a branch, of which no error stays. */
export function choice(
  scope: Scope,
  { test, records }: Branch,
  then: readonly Statement[],
  otherwise: readonly Statement[],
): Statement[] {
  const mark = records ? scope.mark() : undefined;
  const elseDo = [...(mark ? [scope.forget(mark.name)] : []), ...otherwise];
  const before = mark?.before ?? [];
  if (then.length === 0) return [...before, { when: negate(test), body: elseDo }];
  return [...before, { when: test, body: then, ...(elseDo.length > 0 && { otherwise: elseDo }) }];
}
