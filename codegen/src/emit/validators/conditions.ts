import type { SchemaObject } from '../../model/api.ts';
import { branchOf, choice, refusal } from './branch.ts';
import { checks } from './check.ts';
import type { Statement } from './code.ts';
import { needsMarks } from './evaluation.ts';
import { named, pathCode } from './path.ts';
import { part } from './schemas.ts';
import type { Scope, Site } from './scope.ts';

/** The checks of `not`. */
export function notChecks(scope: Scope, schema: SchemaObject, { value, path }: Site): Statement[] {
  const child = part(schema, 'not');
  if (child === undefined) return [];
  const branch = branchOf(scope, child, { value, path }, 'not');
  const error = `${scope.module.helper('notAllowed')}(${pathCode(path)}, 'not')`;
  return choice(scope, branch, [scope.fail(error)], []);
}

/** The checks of `if`, `then` and `else`. */
export function ifChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  const condition = part(schema, 'if');
  if (condition === undefined) return [];
  const { schemas } = scope.module;
  const isMarking = site.seen !== undefined && needsMarks(schemas, condition);
  const seen = isMarking ? scope.fresh('seen') : undefined;
  const { value, path } = site;
  const branch = branchOf(scope, condition, { value, path, ...(seen && { seen }) }, 'if');
  const merge = seen === undefined ? [] : [`${scope.module.helper('mergeSeen')}(${site.seen}, ${seen});`];
  const then = [...merge, ...clauseChecks(scope, schema, site, 'then')];
  const otherwise = clauseChecks(scope, schema, site, 'else');
  if (then.length === 0 && otherwise.length === 0) return [];
  const before = seen === undefined ? [] : [`const ${seen} = new Set();`];
  return [...before, ...choice(scope, branch, then, otherwise)];
}

/** A client is told of the first fault, which is the clause's; others also hear which clause it was. */
function clauseChecks(scope: Scope, schema: SchemaObject, site: Site, keyword: 'then' | 'else'): Statement[] {
  const clause = part(schema, keyword);
  if (clause === undefined || scope.module.schemas.resolve(clause) === true) return [];
  const inner = { ...site, path: named(site.path, keyword) };
  if (scope.isClient) return checks(scope, clause, inner);
  const error = `${scope.module.helper('badClause')}(${pathCode(site.path)}, '${keyword}')`;
  return refusal(scope, branchOf(scope, clause, inner), inner, scope.fail(error));
}
