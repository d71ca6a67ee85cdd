import { isObject } from '../../json.ts';
import { at, type Cursor, child, entries, items, placeOf, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { isMappingReference } from '../../load/survey.ts';
import { factsOf, type PropertyFacts } from './facts.ts';
import type { Families } from './families.ts';
import { narrows } from './keywords.ts';

// What a discriminator tells apart (OpenAPI 3.2 section 4.25, 3.0 section 4.7.25). Its values come from what
// the branches say themselves, else from the mapping, else from the names of the schemas.

/** One schema of a union. */
export interface UnionBranch {
  /** What the document says: a reference, or the schema itself. */
  readonly link: Cursor;
  /** The schema. */
  readonly target: Cursor;
  /** The texts of the discriminating property that pick it. */
  readonly values: readonly string[];
  /** Whether the schema itself allows just these. */
  readonly isConstrained: boolean;
}

export interface Union {
  readonly propertyName: string;
  /** Every branch requires the property, and no value picks two. */
  readonly branches: readonly UnionBranch[];
  /** Branches that are `null`. */
  readonly nulls: readonly Cursor[];
  /** What holds without the property or with another value (`defaultMapping`). */
  readonly otherwise?: Cursor;
}

export interface Unions {
  /** What is told apart at `cursor`; undefined when the schemas must be tried one by one. */
  read(cursor: Cursor): Union | undefined;
  /** The children of a parent that lists none, the parent itself when the mapping names it. */
  childrenOf(cursor: Cursor): readonly Cursor[];
  /** Whether children of a part of an `allOf` extend the schema around it, and so the part itself. */
  isAmongChildren(part: Cursor): boolean;
}

interface Candidate {
  readonly link: Cursor;
  readonly target: Cursor;
  readonly facts: PropertyFacts;
  /** The mapping's values for it. */
  readonly mapped: readonly string[];
  /** A value of the discriminator where nothing else is said. */
  readonly name: string | undefined;
}

const isNull = ({ value }: Cursor): boolean =>
  isObject(value) && (value.type === 'null' || value.const === null);

/** The keyword that lists the schemas of a union. */
export const listOf = (cursor: Cursor): 'oneOf' | 'anyOf' | undefined =>
  (['oneOf', 'anyOf'] as const).find((keyword) => Array.isArray(child(cursor, keyword).value));

/** Whether a schema is a union and nothing besides, so that its branches can stand in its place. */
function isPureUnion(target: Cursor): boolean {
  const keyword = listOf(target);
  if (!keyword || !isObject(target.value)) return false;
  return Object.keys(target.value).every(
    (key) => [keyword, 'discriminator', 'type'].includes(key) || !narrows(key),
  );
}

/** Reads discriminators, each once. */
export class UnionReader implements Unions {
  readonly #documents: Documents;
  readonly #families: () => Families;
  readonly #known = new Map<string, Union | undefined>();

  constructor(documents: Documents, families: () => Families) {
    this.#documents = documents;
    this.#families = families;
  }

  read(cursor: Cursor): Union | undefined {
    const place = placeOf(cursor);
    if (!this.#known.has(place)) this.#known.set(place, this.#read(cursor));
    return this.#known.get(place);
  }

  /** The schema that a mapping's value names: by a reference, or by a component's key. */
  #mappingTarget(value: Cursor): Cursor | undefined {
    const name = text(value) ?? '';
    if (isMappingReference(name)) return this.#documents.resolve(value, name);
    const documentsToAsk = [value.document, ...this.#documents.roots.map(({ document }) => document)];
    const found = documentsToAsk
      .map((document) => child(at(document, ''), 'components', 'schemas', name))
      .find((schema) => schema.value !== undefined);
    if (!found) this.#documents.report(value, `There is no schema ${name} in components.schemas.`);
    return found;
  }

  /** The mapping's values by the place of the schema that they pick. */
  #readMapping(cursor: Cursor): Map<string, Cursor[]> {
    const mapping = new Map<string, Cursor[]>();
    for (const [, value] of entries(child(cursor, 'discriminator', 'mapping'))) {
      const target = this.#mappingTarget(value);
      if (!target) continue;
      const place = placeOf(this.#documents.follow(target));
      mapping.set(place, [...(mapping.get(place) ?? []), value]);
    }
    return mapping;
  }

  childrenOf(cursor: Cursor): Cursor[] {
    const mapping = entries(child(cursor, 'discriminator', 'mapping'));
    const named = mapping.flatMap(([, value]) => this.#mappingTarget(value) ?? []);
    const all = [...named, ...this.#families().descendantsOf(cursor)].map((target) =>
      this.#documents.follow(target),
    );
    return [...new Map(all.map((target) => [placeOf(target), target])).values()];
  }

  isAmongChildren(part: Cursor): boolean {
    const owner = at(part.document, part.pointer.replace(/(\/allOf\/\d+)+$/, ''));
    if (owner.pointer === part.pointer) return false;
    const heirs = new Set(this.#families().descendantsOf(owner).map(placeOf));
    return this.childrenOf(part).some((kind) => heirs.has(placeOf(kind)));
  }

  /** A union within the union gives its branches, when nothing else tells what it is for. */
  #flatten(link: Cursor, propertyName: string, mapping: Map<string, Cursor[]>, depth = 0): Cursor[] {
    const target = this.#documents.follow(link);
    const keyword = listOf(target);
    const inner = child(target, 'discriminator', 'propertyName').value ?? propertyName;
    const isOpaque =
      !keyword || !isPureUnion(target) || inner !== propertyName || mapping.has(placeOf(target));
    if (isOpaque || depth > 20) return [link];
    for (const [place, values] of this.#readMapping(target))
      if (!mapping.has(place)) mapping.set(place, values);
    return items(child(target, keyword)).flatMap((branch) =>
      this.#flatten(branch, propertyName, mapping, depth + 1),
    );
  }

  #read(cursor: Cursor): Union | undefined {
    const propertyName = text(child(cursor, 'discriminator', 'propertyName'));
    if (propertyName === undefined) return undefined;
    const mapping = this.#readMapping(cursor);
    const keyword = listOf(cursor);
    const members = keyword
      ? items(child(cursor, keyword)).flatMap((link) => this.#flatten(link, propertyName, mapping))
      : this.childrenOf(cursor);
    const candidates = members
      .filter((member) => !isNull(member))
      .map((link): Candidate => {
        const target = this.#documents.follow(link);
        const mapped = (mapping.get(placeOf(target)) ?? []).map(({ pointer }) => lastKey(pointer));
        return {
          link,
          target,
          mapped,
          name: this.#nameOf(link),
          facts: factsOf(target, propertyName, this.#documents, placeOf(cursor)),
        };
      });
    this.#checkMapping(candidates, mapping, propertyName);
    const branches = tellApart(candidates);
    if (!branches) return undefined;
    const defaultMapping = child(cursor, 'discriminator', 'defaultMapping');
    const otherwise = defaultMapping.value === undefined ? undefined : this.#mappingTarget(defaultMapping);
    return { propertyName, branches, nulls: members.filter(isNull), ...(otherwise && { otherwise }) };
  }

  /** The key of the component that a branch is or refers to. */
  #nameOf(link: Cursor): string | undefined {
    const { pointer } = this.#documents.step(link);
    return /\/(schemas|\$defs|definitions)\/[^/]+$/.test(pointer) ? lastKey(pointer) : undefined;
  }

  #checkMapping(
    candidates: readonly Candidate[],
    mapping: ReadonlyMap<string, readonly Cursor[]>,
    propertyName: string,
  ): void {
    const byPlace = new Map(candidates.map((candidate) => [placeOf(candidate.target), candidate]));
    for (const [place, values] of mapping) {
      const branch = byPlace.get(place);
      for (const value of values) {
        const allowed = branch?.facts.values;
        if (!branch)
          this.#documents.warn(value, `${String(value.value)} is no branch of the union, so it is left out.`);
        else if (allowed && !allowed.includes(lastKey(value.pointer))) {
          const said = `${String(value.value)} says another value for ${propertyName} than ${lastKey(value.pointer)}.`;
          this.#documents.report(value, said);
        }
      }
    }
  }
}

const lastKey = (pointer: string): string =>
  pointer
    .slice(pointer.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');

/** The texts that pick each branch; undefined when a branch may lack the property, or a text picks two. */
function tellApart(candidates: readonly Candidate[]): UnionBranch[] | undefined {
  const mapped = new Set(candidates.flatMap((candidate) => candidate.mapped));
  const chosen = candidates.map((candidate) => ({ candidate, values: valuesOf(candidate, mapped) }));
  const counts = new Map<string, number>();
  for (const { values } of chosen)
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const branches = chosen.map(
    ({ candidate: { link, target, facts, mapped: own, name }, values }): UnionBranch => {
      // Branches that share one enumeration are told apart by the mapping or by their names.
      const clear = values.filter(
        (value) => counts.get(value) === 1 || own.includes(value) || value === name,
      );
      return { link, target, values: clear, isConstrained: facts.values?.length === clear.length };
    },
  );
  const all = branches.flatMap(({ values }) => values);
  const isClear = branches.every(({ values }) => values.length > 0) && new Set(all).size === all.length;
  const isSafe = candidates.every(({ facts }) => facts.required && facts.isObject);
  return all.length > 0 && isClear && isSafe ? branches : undefined;
}

function valuesOf({ facts, mapped, name }: Candidate, mappedAnywhere: ReadonlySet<string>): string[] {
  if (facts.values)
    return facts.values.filter((value) => mapped.includes(value) || !mappedAnywhere.has(value));
  if (mapped.length > 0) return [...mapped];
  return name === undefined ? [] : [name];
}
