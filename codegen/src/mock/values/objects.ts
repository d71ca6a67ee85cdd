import type { Facets } from './facets.ts';
import type { Making, Site } from './maker.ts';
import type { Part } from './schemas.ts';

const escapeToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Made-up names for the members of a map. */
const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta', 'iota', 'kappa'];

/** More members are never made up, whatever `minProperties` asks for. */
const MAX_MADE_UP = 100;

/** How likely a member that is not required is there: all of them at first, then less and less. */
const chanceOfOptional = ({ refusals, isTight }: Making): number => {
  if (isTight || refusals >= 4) return 0;
  return refusals < 2 ? 1 : 0.5;
};

function partsOf(name: string, { properties, patternProperties, additional }: Facets): readonly Part[] {
  const matching = patternProperties.filter(([pattern]) => new RegExp(pattern, 'u').test(name));
  const declared = [...(properties.get(name) ?? []), ...matching.map(([, part]) => part)];
  return declared.length > 0 ? declared : additional;
}

/** Adds what the presence of others asks for. */
function addDependents(names: Set<string>, { dependentRequired }: Facets): void {
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const [name, needed] of dependentRequired)
      if (names.has(name)) for (const one of needed) names.add(one);
  }
}

/** A name that is not declared: by the rules for names where there are any. */
function madeUpName(index: number, making: Making): string {
  const { facets, site, make } = making;
  const plain = NAMES[index] ?? `name${index}`;
  const [[pattern] = []] = facets.patternProperties;
  const rule =
    facets.isClosed && pattern !== undefined ? { schema: { pattern }, place: undefined } : undefined;
  const rules = [...facets.propertyNames, ...(rule ? [rule] : [])];
  if (rules.length === 0) return plain;
  const text = { schema: { type: 'string' }, place: undefined };
  const name = make([text, ...rules], { ...site, path: `${site.path} name`, variation: index });
  return typeof name === 'string' ? name : plain;
}

/** Names of members to be made, the declared ones in the document's order. */
function namesOf(making: Making): Set<string> {
  const { facets, random, isTight, hasEnd } = making;
  const { properties, required, limits, isClosed, additional, patternProperties } = facets;
  const chance = chanceOfOptional(making);
  const most = limits.get('maxProperties') ?? Infinity;
  const names = new Set<string>();
  let room = most - required.size;
  for (const [name, parts] of properties) {
    const isOptional = !required.has(name);
    if (isOptional && (room <= 0 || random.unit() >= chance || !hasEnd(parts))) continue;
    if (isOptional) room -= 1;
    names.add(name);
  }
  for (const name of required) names.add(name);
  addDependents(names, facets);
  const isMap = properties.size === 0 && (additional.length > 0 || patternProperties.length > 0);
  const usual = isMap && !isTight && hasEnd(additional) && chance > 0 ? 2 : 0;
  const least = Math.min(Math.max(limits.get('minProperties') ?? 0, usual), most, MAX_MADE_UP);
  const canMakeUp = !isClosed || patternProperties.length > 0;
  for (let index = 0; canMakeUp && names.size < least && index < 2 * MAX_MADE_UP; index += 1)
    names.add(madeUpName(index, making));
  // What was left out by chance may be what reaches the number.
  for (const name of properties.keys()) if (names.size < least) names.add(name);
  return names;
}

/** An object for what its schema says of its members. */
export function objectOf(making: Making): unknown {
  const { facets, site, make } = making;
  const members = [...namesOf(making)].flatMap((name): [string, unknown][] => {
    const inner: Site = {
      path: `${site.path}/${escapeToken(name)}`,
      depth: site.depth + 1,
      variation: site.variation,
    };
    const value = make(partsOf(name, facets), inner);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(members);
}
