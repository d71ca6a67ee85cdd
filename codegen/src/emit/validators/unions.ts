import type { SchemaObject } from '../../model/api.ts';
import { type Branch, branchOf, moveErrors } from './branch.ts';
import { checks } from './check.ts';
import { all, any, negate, type Statement, when } from './code.ts';
import { needsMarks } from './evaluation.ts';
import { gatesOf } from './gates.ts';
import { isRoot, pathCode } from './path.ts';
import { parts } from './schemas.ts';
import type { Scope, Site } from './scope.ts';

type Keyword = 'anyOf' | 'oneOf';

/** A branch of a union, with what must hold before it is tested. */
interface Alternative extends Branch {
  readonly index: number;
  readonly gate: string | undefined;
  /** The set that takes what the branch evaluates. */
  readonly seen: string | undefined;
}

/** The checks of `anyOf` or `oneOf`. */
export function unionChecks(scope: Scope, schema: SchemaObject, site: Site, keyword: Keyword): Statement[] {
  const children = parts(schema, keyword);
  const { schemas } = scope.module;
  if (children.length === 0) return [];
  const isMarking = site.seen !== undefined && children.some((child) => needsMarks(schemas, child));
  if (!isMarking && keyword === 'anyOf' && children.some((child) => schemas.resolve(child) === true))
    return [];
  const gates = gatesOf(scope, children, site);
  const alternatives = children.map((child, index): Alternative => {
    const seen = isMarking && needsMarks(schemas, child) ? scope.fresh('seen') : undefined;
    const { value, path } = site;
    const branch = branchOf(scope, child, { value, path, ...(seen && { seen }) }, `${keyword}${index}`);
    return { ...branch, index, seen, gate: branch.records ? gates.conditionOf(index) : undefined };
  });
  const isFirstEnough = !isMarking && (keyword === 'anyOf' || gates.areDisjoint);
  return [
    ...gates.before(),
    ...(isFirstEnough
      ? firstMet(scope, alternatives, site, keyword, gates.areDisjoint)
      : everyMet(scope, alternatives, site, keyword)),
  ];
}

const testOf = ({ gate, test }: Alternative): string => (gate === undefined ? test : all(gate, test));

const errorOf = ({ module }: Scope, { path }: Site, keyword: Keyword, met: string): string =>
  keyword === 'anyOf'
    ? `${module.helper('noBranch')}(${pathCode(path)})`
    : `${module.helper('notOneBranch')}(${pathCode(path)}, ${met})`;

/** Records what a test that was not run, or that records nothing, would have found. */
function lateErrors(scope: Scope, { gate, test, records, schema }: Alternative, site: Site): Statement[] {
  if (scope.isClient) return [];
  if (!records) return checks(scope, schema, { value: site.value, path: site.path });
  return gate === undefined ? [] : [{ when: negate(gate), body: [`${test};`] }];
}

/** What is reported of a union that a value does not meet: the errors of all branches, then its own. */
function unmet(
  scope: Scope,
  alternatives: readonly Alternative[],
  site: Site,
  mark: string,
  error: string,
  limit: (alternative: Alternative, errors: readonly Statement[]) => readonly Statement[],
): Statement[] {
  const late = (records: boolean): Statement[] =>
    alternatives
      .filter((alternative) => alternative.records === records)
      .flatMap((alternative) => limit(alternative, lateErrors(scope, alternative, site)));
  const moves = mark !== '' && !isRoot(site.path);
  return [
    ...late(true),
    ...(moves ? [moveErrors(scope, mark, site)] : []),
    ...late(false),
    scope.fail(error),
  ];
}

/** The first branch that a value meets settles it. Those that are only conditions come first. */
function firstMet(
  scope: Scope,
  alternatives: readonly Alternative[],
  site: Site,
  keyword: Keyword,
  areDisjoint: boolean,
): Statement[] {
  const recording = alternatives.filter(({ records }) => records);
  const ordered = [...alternatives.filter(({ records }) => !records), ...recording];
  const isOneTested = areDisjoint && recording.every(({ gate }) => gate !== undefined);
  const mayLeaveErrors = recording.length > 1 && !isOneTested;
  const needsMark = mayLeaveErrors || (recording.length > 0 && !isRoot(site.path));
  const mark = needsMark ? scope.mark() : { name: '', before: [] };
  const error = errorOf(scope, site, keyword, '-1, -1');
  return [
    ...mark.before,
    {
      when: negate(any(ordered.map(testOf))),
      body: unmet(scope, alternatives, site, mark.name, error, (_, errors) => errors),
      ...(mayLeaveErrors && { otherwise: [scope.forget(mark.name)] }),
    },
  ];
}

/**
 * Tests one branch after the other, to the end for `anyOf` with marks, to the second one that is met for
 * `oneOf`.
 */
function everyMet(
  scope: Scope,
  alternatives: readonly Alternative[],
  site: Site,
  keyword: Keyword,
): Statement[] {
  const first = scope.fresh('first');
  const second = scope.fresh('second');
  const mark = alternatives.some(({ records }) => records) ? scope.mark() : { name: '', before: [] };
  const isOne = keyword === 'oneOf';
  const tests = alternatives.flatMap((alternative): Statement[] => {
    const { index, seen } = alternative;
    const merge = seen === undefined ? [] : [`${scope.module.helper('mergeSeen')}(${site.seen}, ${seen});`];
    const hit: Statement[] =
      index === 0 || !isOne
        ? [`${first} = ${index};`]
        : [{ when: `${first} < 0`, body: [`${first} = ${index};`], otherwise: [`${second} = ${index};`] }];
    const test = isOne && index > 1 ? all(`${second} < 0`, testOf(alternative)) : testOf(alternative);
    return [
      ...(seen === undefined ? [] : [`const ${seen} = new Set();`]),
      { when: test, body: [...hit, ...merge] },
    ];
  });
  const error = errorOf(scope, site, keyword, `${first}, ${second}`);
  const errors = unmet(scope, alternatives, site, mark.name, error, ({ index }, late) =>
    isOne ? when(`${second} < 0 || ${second} > ${index}`, late) : late,
  );
  // What the branches would have evaluated is not known; no second error for that.
  const seeAll =
    site.seen === undefined ? [] : [`${scope.module.helper('seeAll')}(${site.value}, ${site.seen});`];
  return [
    ...mark.before,
    `let ${first} = -1;`,
    ...(isOne ? [`let ${second} = -1;`] : []),
    ...tests,
    {
      when: isOne ? `${first} < 0 || ${second} >= 0` : `${first} < 0`,
      body: [...seeAll, ...errors],
      ...(mark.name !== '' && { otherwise: [scope.forget(mark.name)] }),
    },
  ];
}
