import type { SchemaObject } from '../../model/api.ts';
import { quote } from '../text.ts';
import { callChecks, checks } from './check.ts';
import { literal, memberOf, type Statement } from './code.ts';
import { discriminatorOf, type Primitive, requiredConstants } from './facts.ts';
import { pathCode } from './path.ts';
import { parts } from './schemas.ts';
import type { Scope, Site } from './scope.ts';

/** The values of the discriminator that pick each branch; undefined when it cannot pick one. */
export function tagsOf(scope: Scope, schema: SchemaObject): readonly (readonly Primitive[])[] | undefined {
  const name = discriminatorOf(schema);
  const branches = parts(schema, 'oneOf');
  // A value that is no object has no tag, and could meet a branch all the same.
  if (name === undefined || branches.length === 0 || schema.type !== 'object') return undefined;
  const required = { required: Array.isArray(schema.required) ? schema.required : [] };
  const values = branches.map((branch) =>
    requiredConstants(scope.module.schemas, { allOf: [branch, required] }).get(name),
  );
  const known = values.flatMap((list) => (list ? [list] : []));
  const all = known.flat();
  return known.length === values.length && new Set(all).size === all.length ? known : undefined;
}

/** A union that is dispatched by one property instead of tried branch by branch (OpenAPI 3.2 section 4.25). */
export function discriminatorChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  const tags = tagsOf(scope, schema);
  const name = discriminatorOf(schema);
  if (!tags || name === undefined) return [];
  const { module } = scope;
  const tag = memberOf(site.value, name, () => module.helper('own'));
  const cases = parts(schema, 'oneOf').flatMap((branch, index): Statement[] => {
    const values = tags[index] ?? [];
    const labels = values.map((value) => `case ${literal(value)}:`);
    const known = module.schemas.resolve(branch);
    const inner =
      typeof known === 'boolean'
        ? checks(scope, known, site)
        : callChecks(scope, branch, site, String(values[0]));
    const [last = 'default:'] = labels.slice(-1);
    return [...labels.slice(0, -1), { head: last, body: [...inner, 'break;'] }];
  });
  const isText = tags.flat().every((value) => typeof value === 'string');
  const error = `${module.helper('badTag')}(${pathCode(site.path)}, ${quote(name)}, ${tag}, ${isText})`;
  return [{ head: `switch (${tag})`, body: [...cases, { head: 'default:', body: [scope.fail(error)] }] }];
}
