import { isObject } from '../../json.ts';
import { listOf } from './arrays.ts';
import { type Facets, facetsOf, type ValueType } from './facets.ts';
import type { HeightOf } from './heights.ts';
import { numberWithin } from './numbers.ts';
import { objectOf } from './objects.ts';
import { createRandom, type Random } from './random.ts';
import type { Definitions, Part } from './schemas.ts';
import { textWithin } from './texts.ts';

/** Deeper than this, or after this many values, only what is required is made. */
const MAX_DEPTH = 5;
const MAX_VALUES = 2000;

/** Where a value stands within the whole. */
export interface Site {
  /** JSON pointer. */
  readonly path: string;
  /** How many lists and objects it is in. */
  readonly depth: number;
  /** Differs between values that should not be alike, such as the items of a list. 0 where examples are welcome. */
  readonly variation: number;
}

/** What the makers of lists and objects need of the maker. */
export interface Making {
  readonly facets: Facets;
  readonly site: Site;
  readonly random: Random;
  /** How often the value at this place was refused. */
  readonly refusals: number;
  /** Only what is required should be made. */
  readonly isTight: boolean;
  /** A value inside; undefined where there can be none. */
  readonly make: (parts: readonly Part[], site: Site) => unknown;
  /** Whether a value of these schemas has an end. */
  readonly hasEnd: (parts: readonly Part[]) => boolean;
}

/** What a value is made with. */
export interface MakerOptions {
  readonly definitions: Definitions;
  readonly heightOf: HeightOf;
  /** Another one makes other values. */
  readonly seed: string;
  /** How often the value at a path was refused. */
  readonly refusals: ReadonlyMap<string, number>;
}

const isOnlyNull = ({ schema }: Part): boolean =>
  isObject(schema) && (schema.type === 'null' || schema.const === null);

/** The type that keywords speak of, where none is given. */
function impliedType({ properties, required, additional, items, contains, ...facets }: Facets): ValueType {
  if (properties.size + required.size + additional.length + facets.propertyNames.length > 0) return 'object';
  if (items.length + contains.length + facets.prefixItems.length > 0) return 'array';
  const has = (pattern: RegExp): boolean => [...facets.limits.keys()].some((limit) => pattern.test(limit));
  if (has(/Properties$/)) return 'object';
  if (has(/Items$/)) return 'array';
  return facets.multiplesOf.length > 0 || has(/imum$/) ? 'number' : 'string';
}

function typeOf(value: unknown): ValueType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'number';
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    default:
      return 'object';
  }
}

function choiceOf({ choices = [], types }: Facets, random: Random): unknown {
  const fitting = choices.filter((choice) => {
    const type = typeOf(choice);
    return types?.includes(type) !== false || (type === 'integer' && types.includes('number'));
  });
  const telling = fitting.filter((choice) => choice !== null);
  return random.pick(telling.length > 0 ? telling : fitting);
}

const numberOf = ({ limits, multiplesOf }: Facets, isInteger: boolean, random: Random): unknown =>
  numberWithin({ ...Object.fromEntries(limits), multiplesOf, isInteger }, random);

const textOf = ({ limits, patterns, format }: Facets, random: Random): unknown =>
  textWithin(
    {
      minLength: limits.get('minLength') ?? 0,
      maxLength: limits.get('maxLength') ?? Infinity,
      patterns,
      ...(format !== undefined && { format }),
    },
    random,
  );

/** Makes one value. The same options make the same one. */
export function makeValue(root: Part, { definitions, heightOf, seed, refusals }: MakerOptions): unknown {
  let made = 0;

  const isTight = ({ depth }: Site): boolean => depth >= MAX_DEPTH || made > MAX_VALUES;
  const heightOfAll = (parts: readonly Part[]): number =>
    Math.max(0, ...parts.map(({ schema }) => heightOf(schema)));

  function choose(branches: readonly Part[], site: Site, random: Random): Part | undefined {
    const telling = branches.filter((branch) => !isOnlyNull(branch));
    const wanted = telling.length > 0 ? telling : branches;
    const heights = wanted.map(({ schema }) => heightOf(schema));
    const limit = isTight(site) ? Math.min(...heights) : Number.MAX_SAFE_INTEGER;
    const short = wanted.filter((_, index) => (heights[index] ?? 0) <= limit);
    return random.pick(short.length > 0 ? short : wanted);
  }

  function ofType(type: ValueType, making: Making): unknown {
    const { facets, random } = making;
    switch (type) {
      case 'null':
        return null;
      case 'boolean':
        return random.unit() < 0.5;
      case 'integer':
      case 'number':
        return numberOf(facets, type === 'integer', random);
      case 'string':
        return textOf(facets, random);
      case 'array':
        return listOf(making);
      case 'object':
        return objectOf(making);
    }
  }

  function make(parts: readonly Part[], site: Site): unknown {
    made += 1;
    const refused = refusals.get(site.path) ?? 0;
    const roll = refused + site.variation;
    const random = createRandom(`${seed} ${site.path} ${roll}`);
    const facets = facetsOf(parts, definitions, (branches) => choose(branches, site, random));
    if (roll === 0 && facets.examples.length > 0) return facets.examples[0];
    if (facets.choices) return choiceOf(facets, random);
    if (roll === 0 && facets.defaults.length > 0) return facets.defaults[0];
    if (facets.isBinary) return new Blob(['blob']);
    const types = facets.types ?? [impliedType(facets)];
    const telling = types.filter((type) => type !== 'null');
    const type = random.pick(telling.length > 0 ? telling : types);
    const hasEnd = (inner: readonly Part[]): boolean => heightOfAll(inner) < Infinity;
    return (
      type && ofType(type, { facets, site, random, refusals: refused, isTight: isTight(site), make, hasEnd })
    );
  }

  return make([root], { path: '', depth: 0, variation: 0 });
}
