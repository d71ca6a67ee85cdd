import type { SchemaObject } from '../../model/api.ts';
import { quote } from '../text.ts';
import { type Branch, choice, moveErrors, recordingBranchOf } from './branch.ts';
import { checks, partChecks } from './check.ts';
import { all, any, type Statement } from './code.ts';
import { pathCode, toItem, toMember } from './path.ts';
import { numberOf, part, parts } from './schemas.ts';
import type { Scope, Site } from './scope.ts';

/** The checks of keywords that apply to arrays. */
export function arrayChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  return [
    ...sizeChecks(scope, schema, site),
    ...tupleChecks(scope, schema, site),
    ...itemChecks(scope, schema, site),
    ...containsChecks(scope, schema, site),
    ...uniqueChecks(scope, schema, site),
  ];
}

function sizeChecks(scope: Scope, schema: SchemaObject, { value, path }: Site): Statement[] {
  return (['minItems', 'maxItems'] as const).flatMap((keyword) => {
    const limit = numberOf(schema, keyword);
    if (limit === undefined || (keyword === 'minItems' && limit <= 0)) return [];
    const error = `${scope.module.helper('wrongSize')}(${pathCode(path)}, ${quote(keyword)}, ${limit})`;
    return [
      { when: `${value}.length ${keyword === 'minItems' ? '<' : '>'} ${limit}`, body: [scope.fail(error)] },
    ];
  });
}

function tupleChecks(scope: Scope, schema: SchemaObject, { value, path }: Site): Statement[] {
  return parts(schema, 'prefixItems').flatMap((child, index) => {
    if (scope.module.schemas.resolve(child) === true) return [];
    const local = scope.fresh('v');
    const inner = checks(scope, child, { value: local, path: toMember(path, String(index)) });
    if (inner.length === 0) return [];
    const body = [`const ${local} = ${value}[${index}];`, ...inner];
    return [{ when: `${value}.length > ${index}`, body }];
  });
}

/** A loop over the items from an index on; nothing when they need no check. */
export function itemLoop(
  scope: Scope,
  { value, path }: Site,
  from: number,
  inner: (item: Site, index: string) => Statement[],
): Statement[] {
  const index = scope.fresh('i');
  const local = scope.fresh('v');
  const body = inner({ value: local, path: toItem(path, index) }, index);
  if (body.length === 0) return [];
  const head = `for (let ${index} = ${from}; ${index} < ${value}.length; ${index}++)`;
  return [{ head, body: [`const ${local} = ${value}[${index}];`, ...body] }];
}

function itemChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  const start = parts(schema, 'prefixItems').length;
  const items = part(schema, 'items');
  if (start > 0 && items === false) {
    const facts = `${pathCode(site.path)}, 'items', ${start}`;
    const error = `${scope.module.helper('surplusItems')}(${facts})`;
    return [{ when: `${site.value}.length > ${start}`, body: [scope.fail(error)] }];
  }
  if (items === undefined || scope.module.schemas.resolve(items) === true) return [];
  return itemLoop(scope, site, start, (item) => partChecks(scope, schema, 'items', item));
}

/** `contains` counts the items that it accepts, and stops as soon as the answer is known. */
function containsChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  const contains = part(schema, 'contains');
  const min = numberOf(schema, 'minContains') ?? 1;
  const max = numberOf(schema, 'maxContains');
  const { seen } = site;
  if (contains === undefined || (min === 0 && max === undefined && seen === undefined)) return [];
  const count = scope.fresh('count');
  const mark = scope.mark();
  const enough = max === undefined ? `${count} >= ${min}` : `${count} > ${max}`;
  const loop = itemLoop(scope, { value: site.value, path: site.path }, 0, (item, index) => {
    const branch = recordingBranchOf(scope, contains, item, 'contains');
    // Where marks are asked for, every item must be looked at.
    const next = seen === undefined ? { when: enough, body: ['break;'] } : `${seen}.add(${index});`;
    return countItem(scope, branch, item, [`${count}++;`, next]);
  });
  const isWrong = any([`${count} < ${min}`, ...(max === undefined ? [] : [`${count} > ${max}`])]);
  const limits = [pathCode(site.path), String(min), ...(max === undefined ? [] : [String(max)])];
  return [
    ...mark.before,
    `let ${count} = 0;`,
    ...loop,
    {
      when: isWrong,
      body: [scope.fail(`${scope.module.helper('wrongCount')}(${limits.join(', ')})`)],
      otherwise: [scope.forget(mark.name)],
    },
  ];
}

function countItem(scope: Scope, branch: Branch, item: Site, then: readonly Statement[]): Statement[] {
  if (!branch.records || scope.isClient) return choice(scope, branch, then, []);
  const mark = scope.mark();
  return [...mark.before, { when: branch.test, body: then, otherwise: [moveErrors(scope, mark.name, item)] }];
}

function uniqueChecks(scope: Scope, schema: SchemaObject, { value, path }: Site): Statement[] {
  if (schema.uniqueItems !== true) return [];
  const test = `${scope.module.helper('hasRepeats')}(${pathCode(path)}, ${value})`;
  return [{ when: all(`${value}.length > 1`, test), body: [scope.fail('false')] }];
}
