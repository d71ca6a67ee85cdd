import type { Schema } from '../../model/api.ts';
import { any, literal, memberOf, type Statement } from './code.ts';
import {
  acceptedTypes,
  areDisjoint,
  constantsOf,
  overlap,
  type Primitive,
  requiredConstants,
  type ValueType,
} from './facts.ts';
import { typeTest } from './scalars.ts';
import type { Scope, Site } from './scope.ts';

/** What can be told of a union's branches before one of them is tested. */
interface Gates {
  /** A short condition that every value meets that a branch accepts. */
  conditionOf(index: number): string | undefined;
  /** What the conditions need that were asked for. */
  before(): readonly Statement[];
  /** Whether no value can meet two branches. */
  readonly areDisjoint: boolean;
}

interface Facts {
  readonly types: ReadonlySet<ValueType> | undefined;
  readonly constants: readonly Primitive[] | undefined;
  readonly members: ReadonlyMap<string, readonly Primitive[]>;
}

const isObjectOnly = ({ types }: Facts): boolean => types?.size === 1 && types.has('object');

/** Finds such conditions: by a property whose constants tell objects apart, and else by type. */
export function gatesOf(scope: Scope, branches: readonly Schema[], site: Site): Gates {
  const { schemas, helper } = scope.module;
  const facts = branches.map((branch): Facts => {
    const types = acceptedTypes(schemas, branch);
    const isObject = types?.size === 1 && types.has('object');
    return {
      types,
      constants: constantsOf(schemas, branch),
      members: isObject ? requiredConstants(schemas, branch) : new Map(),
    };
  });
  const tag = tagOf(facts.filter(isObjectOnly));
  let local: string | undefined;

  function conditionOf(index: number): string | undefined {
    const fact = facts[index];
    const values = tag === undefined ? undefined : fact?.members.get(tag);
    if (!values) return fact && typeGate(scope, fact, facts, site);
    const name = local ?? scope.fresh('tag');
    local = name;
    return any(values.map((value) => `${name} === ${literal(value)}`));
  }

  function before(): Statement[] {
    if (tag === undefined || local === undefined) return [];
    const read = memberOf(site.value, tag, () => helper('own'));
    return [`const ${local} = ${helper('isObject')}(${site.value}) ? ${read} : undefined;`];
  }

  const areApart = facts.every((fact, index) =>
    facts.slice(0, index).every((other) => excludeEachOther(fact, other, tag)),
  );
  return { conditionOf, before, areDisjoint: areApart };
}

/** A property that every one of several kinds of objects has, each kind with values of its own. */
function tagOf(objects: readonly Facts[]): string | undefined {
  const [first] = objects;
  if (!first || objects.length < 2) return undefined;
  return [...first.members.keys()].find((name) => {
    const values = objects.flatMap(({ members }) => {
      const list = members.get(name);
      return list ? [list] : [];
    });
    return values.length === objects.length && areDisjoint(values);
  });
}

/** A test of type, where another branch accepts other types. */
function typeGate(scope: Scope, fact: Facts, all: readonly Facts[], { value }: Site): string | undefined {
  const { types } = fact;
  if (!types || types.size > 2) return undefined;
  const differs = all.some((other) => !other.types || [...other.types].some((type) => !types.has(type)));
  return differs ? any([...types].map((type) => typeTest(scope, type, value))) : undefined;
}

function excludeEachOther(a: Facts, b: Facts, tag: string | undefined): boolean {
  if (a.types && b.types && !overlap(a.types, b.types)) return true;
  if (a.constants && b.constants) return areDisjoint([a.constants, b.constants]);
  return tag !== undefined && isObjectOnly(a) && isObjectOnly(b);
}
