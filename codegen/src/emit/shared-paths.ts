import { isObject } from '../json.ts';
import type { OperationModel, ParameterGroup } from '../model/api.ts';
import { pascalCase } from '../model/names.ts';
import type { SchemaTypes } from './schema-types.ts';

/** Path parameters that several operations have, `{ owner, repo }` say, declared once. */
export interface SharedPaths {
  /** The type of a group of parameters: a name where it is shared, else written out. */
  typeOf(group: ParameterGroup): string;
  declarations(): string;
}

function nameFor({ schema: { schema } }: ParameterGroup): string {
  const members = isObject(schema) && isObject(schema.properties) ? Object.keys(schema.properties) : [];
  return `${members.map(pascalCase).join('')}Path`;
}

/** Finds the path parameters that more than one operation has. `taken` are names that types.ts has already. */
export function createSharedPaths(
  operations: readonly OperationModel[],
  types: SchemaTypes,
  taken: ReadonlySet<string>,
): SharedPaths {
  const counts = new Map<string, number>();
  const names = new Map<string, string>();
  const used = new Set(taken);
  for (const group of operations.flatMap(({ groups }) => groups.filter(({ name }) => name === 'path'))) {
    const type = types.inline(group.schema.schema);
    counts.set(type, (counts.get(type) ?? 0) + 1);
    if (counts.get(type) !== 2) continue;
    const wanted = nameFor(group);
    let name = wanted;
    for (let number = 2; used.has(name); number++) name = `${wanted}${number}`;
    used.add(name);
    names.set(type, name);
  }
  return {
    typeOf(group) {
      const type = types.inline(group.schema.schema);
      return (group.name === 'path' ? names.get(type) : undefined) ?? type;
    },
    declarations: () => [...names].map(([type, name]) => `type ${name} = ${type};\n`).join('\n'),
  };
}
