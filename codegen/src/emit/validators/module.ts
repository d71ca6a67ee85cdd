import type { Schema } from '../../model/api.ts';
import { validatorName } from '../../model/names.ts';
import { ownChecks } from './check.ts';
import { printFunction } from './code.ts';
import { type HelperName, helperCode } from './helpers.ts';
import { ROOT } from './path.ts';
import { type Entry, type Schemas, schemasOf } from './schemas.ts';
import { type Audience, type Module, Scope } from './scope.ts';

/** A schema that occurs more than once has a function of its own from this weight on. */
const SHARED_WEIGHT = 6;

/** A schema inside another one has a function of its own from this weight on: long functions read badly. */
const LARGE_WEIGHT = 40;

/** How often each schema occurs in what the exported ones contain or refer to. */
function countUses(schemas: Schemas, roots: readonly Schema[]): ReadonlyMap<number, number> {
  const uses = new Map<number, number>();
  const visit = (schema: Schema): void => {
    const known = schemas.resolve(schema);
    if (typeof known === 'boolean') return;
    const id = schemas.id(known);
    const before = uses.get(id) ?? 0;
    uses.set(id, before + 1);
    if (before > 0) return;
    const target = schemas.target(known);
    if (target !== undefined) visit(target);
    for (const child of schemas.children(known)) visit(child);
  };
  for (const root of roots) visit(root);
  return uses;
}

interface Pending {
  readonly name: string;
  readonly schema: Schema;
  readonly words: readonly string[];
  readonly marking: boolean;
}

/** A file of validators in the making. */
interface ModuleWriter extends Module {
  /** Compiles all functions that were asked for, and answers the file's code. */
  finish(): string;
}

/** Words as a part of a function's name. */
const joinWords = (words: readonly string[]): string =>
  words
    .map((word) => word.replaceAll(/[^\p{ID_Continue}]+/gu, '_').replaceAll(/^_+|_+$/g, ''))
    .filter((word) => word !== '')
    .join('_');

export function createModule(
  named: readonly Entry[],
  roots: readonly Schema[],
  audience: Audience,
): ModuleWriter {
  const schemas = schemasOf(named);
  const uses = countUses(schemas, roots);
  const helpers = new Set<HelperName>(['start', 'settle']);
  const constants = new Map<string, string>();
  const functions = new Map<string, string>();
  const taken = new Set<string>();
  const names = new Map<number, string>();
  const pending: Pending[] = [];
  for (const { name, schema } of named) {
    const id = schemas.id(schema);
    if (!names.has(id)) names.set(id, validatorName(name));
  }

  function unusedName(start: string): string {
    let name = start;
    for (let count = 2; taken.has(name); count++) name = `${start}_${count}`;
    taken.add(name);
    return name;
  }

  const module: Module = {
    schemas,
    audience,
    helper(name) {
      helpers.add(name);
      return name;
    },
    constant(kind, code, words) {
      const known = constants.get(code);
      if (known !== undefined) return known;
      const name = unusedName(joinWords([kind, ...words]));
      constants.set(code, name);
      return name;
    },
    functionFor(schema, words, marking = false) {
      const id = schemas.id(schema);
      const key = `${marking ? 'mark' : 'check'} ${id}`;
      const known = functions.get(key);
      if (known !== undefined) return known;
      const own = names.get(id);
      const nameWords = own === undefined ? words : [own];
      const name = unusedName(`${marking ? 'mark' : 'check'}_${joinWords(nameWords)}`);
      functions.set(key, name);
      pending.push({ name, schema, words: nameWords, marking });
      return name;
    },
    isWorthFunction(schema) {
      const id = schemas.id(schema);
      const weight = schemas.weight(schema);
      return (
        weight >= LARGE_WEIGHT || (weight >= SHARED_WEIGHT && ((uses.get(id) ?? 0) > 1 || names.has(id)))
      );
    },
  };

  function compile({ name, schema, words, marking }: Pending): string {
    const scope = new Scope(module, words);
    const known = schemas.resolve(schema);
    const site = { value: 'data', path: ROOT, ...(marking && { seen: 'seen' }) };
    const statements =
      typeof known === 'boolean' ? booleanChecks(scope, known) : ownChecks(scope, known, site);
    const head = `function ${name}(data${marking ? ', seen' : ''})`;
    return printFunction(head, scope.body(statements));
  }

  const booleanChecks = (scope: Scope, isMet: boolean): string[] =>
    isMet ? [] : [scope.fail(`${module.helper('notAllowed')}('', 'false schema')`)];

  function finish(): string {
    const compiled: string[] = [];
    // Compiling one asks for others, which join the list.
    for (const next of pending) compiled.push(compile(next));
    const declared = [...constants].map(([code, name]) => `const ${name} = ${code};\n`);
    return [helperCode(helpers), declared.join(''), compiled.join('\n')]
      .filter((text) => text !== '')
      .join('\n');
  }

  return { ...module, finish };
}
