import { isObject } from '../../json.ts';
import { type Cursor, child, entries, items, placeOf, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { Schema, SchemaObject } from '../api.ts';
import { legacyBounds, makeNullable } from './dialects.ts';
import type { Families } from './families.ts';
import { isAnnotation, isSimple, kindOf, narrows } from './keywords.ts';
import { LeafReader } from './leaves.ts';
import { aliasedBy } from './names.ts';
import type { Scope, Scopes } from './scopes.ts';
import { convertUnion } from './union-form.ts';
import { listOf, type Unions } from './unions.ts';
import { type Direction, LEFT_OUT, type Variants } from './variants.ts';

/** From where a schema is looked at. */
export interface View {
  readonly direction: Direction;
  readonly scope: Scope;
  /** Properties that the schemas around this one, which speak of the same object, leave out. */
  readonly leftOut?: ReadonlySet<string>;
}

/**
 * Which of the two schemas that a parent with a discriminator stands for: `value`, one of its kinds, or
 * `base`, what its children have in common.
 */
export type Role = 'value' | 'base';

export interface ConvertContext {
  readonly documents: Documents;
  readonly variants: Variants;
  readonly scopes: Scopes;
  readonly unions: Unions;
  readonly families: () => Families;
  /** A `$ref` to the schema at a place, which joins the table. */
  reference(target: Cursor, view: View, role: Role): SchemaObject;
}

/** Keywords whose schemas speak of the same value as the schema around them. */
const IN_PLACE = new Set(['allOf', 'anyOf', 'oneOf']);

/** Copies schemas of every dialect into our own form. */
export class SchemaConverter {
  readonly #context: ConvertContext;
  readonly #leaves: LeafReader;

  constructor(context: ConvertContext) {
    this.#context = context;
    this.#leaves = new LeafReader(context.documents);
  }

  convert(cursor: Cursor, view: View): Schema {
    return this.#read(cursor, view, 'value');
  }

  /** The same for a schema that has a name. */
  convertDefinition(cursor: Cursor, view: View, role: Role): Schema {
    const { documents, scopes } = this.#context;
    const target = documents.step(cursor);
    const isAlias = isObject(cursor.value) && !Object.keys(cursor.value).some(narrows);
    if (target === cursor || target.value === undefined || !isAlias) return this.#read(cursor, view, role);
    // A name for a schema that depends on who asks, such as a list of one kind, is that schema's own name.
    const scope = scopes.enter(view.scope, target);
    if (scopes.foreign(scope, target).length === 0) return this.#read(cursor, view, role);
    const body = this.convertDefinition(target, { ...view, scope }, role);
    const description = text(child(cursor, 'description'));
    return isObject(body) && description !== undefined ? { ...body, description } : body;
  }

  #read(cursor: Cursor, outer: View, role: Role): Schema {
    const { value, document } = cursor;
    if (typeof value === 'boolean') return value;
    if (!isObject(value)) {
      this.#context.documents.report(cursor, 'A schema is an object or a boolean.');
      return true;
    }
    const { scopes } = this.#context;
    const view = '$id' in value ? { ...outer, scope: scopes.enter(outer.scope, cursor) } : outer;
    if (document.dialect === 'openapi-3.0' && '$ref' in value)
      return this.#readBareReference(cursor, value, view);
    const schema = isObject(value.discriminator)
      ? this.#readDiscriminated(cursor, value, view, role)
      : this.#readKeywords(cursor, value, view);
    const complete = this.#withReferences(cursor, schema, view);
    return value.nullable === true ? this.#readNullable(cursor, complete) : complete;
  }

  /** OpenAPI 3.0 ignores what stands beside a `$ref` (section 4.7.23.1); descriptions do no harm. */
  #readBareReference(cursor: Cursor, value: SchemaObject, view: View): Schema {
    const narrowing = Object.keys(value).find(narrows);
    if (narrowing !== undefined) {
      const advice = `Write allOf: [{ $ref }] with ${narrowing} beside it.`;
      const said = `OpenAPI 3.0 ignores ${narrowing} beside a $ref. ${advice}`;
      this.#leaves.warnOnce(cursor, `$ref ${narrowing}`, said);
    }
    const kept = Object.entries(value).filter(([keyword]) => isAnnotation(keyword));
    return this.#withReferences(cursor, Object.fromEntries(kept), view);
  }

  #withReferences(cursor: Cursor, schema: SchemaObject, view: View): Schema {
    const { documents, scopes, families, reference } = this.#context;
    const references: SchemaObject[] = [];
    const target = documents.step(cursor);
    if (target !== cursor && target.value === undefined) return true;
    if (target !== cursor)
      references.push(reference(target, view, families().isChildLink(cursor) ? 'base' : 'value'));
    const dynamic = text(child(cursor, '$dynamicRef'));
    const meant = dynamic === undefined ? undefined : scopes.resolve(cursor, dynamic, view.scope);
    if (meant) references.push(this.#readBinding(meant, view));
    const [first, second] = references;
    if (!first) return schema;
    if (!second && Object.keys(schema).every(isAnnotation)) return { ...schema, ...first };
    return { ...schema, allOf: [...references, ...(Array.isArray(schema.allOf) ? schema.allOf : [])] };
  }

  /** What a generic schema is filled in with: by name, unless it is but a type, for its own name says little. */
  #readBinding(meant: Cursor, view: View): SchemaObject {
    const { documents, reference } = this.#context;
    const target = aliasedBy(meant, documents);
    const { value } = target;
    const isType = isObject(value) && '$dynamicAnchor' in value && Object.keys(value).every(isSimple);
    const schema = isType ? this.convert(target, view) : reference(target, view, 'value');
    return isObject(schema) ? schema : {};
  }

  #readNullable(cursor: Cursor, schema: Schema): Schema {
    if (cursor.document.dialect !== 'openapi-3.0') {
      const said = 'nullable is of OpenAPI 3.0. It is taken for `type: [<type>, "null"]`: write that.';
      this.#leaves.warnOnce(child(cursor, 'nullable'), 'nullable', said);
    }
    return makeNullable(schema);
  }

  #readDiscriminated(cursor: Cursor, value: SchemaObject, view: View, role: Role): SchemaObject {
    const { documents, unions } = this.#context;
    if (role === 'base') return this.#readKeywords(cursor, value, view, ['oneOf', 'anyOf']);
    const listed = listOf(cursor);
    if (listed === undefined && unions.childrenOf(cursor).length === 0) {
      const advice = 'No schema refers to this one in allOf, and there is no mapping.';
      documents.warn(child(cursor, 'discriminator'), `This discriminator tells nothing apart. ${advice}`);
      return this.#readKeywords(cursor, value, view);
    }
    if (listed === undefined && unions.isAmongChildren(cursor)) {
      const said =
        'This discriminator is not followed: its kinds extend the schema around it. Put it beside allOf.';
      this.#leaves.warnOnce(child(cursor, 'discriminator'), 'discriminator in allOf', said);
      return this.#readKeywords(cursor, value, view);
    }
    const union = unions.read(cursor);
    if (listed === undefined && !union) return this.#readKinds(cursor, view);
    const rest =
      listed === undefined
        ? annotationsOf(value)
        : this.#readKeywords(cursor, value, view, union ? [listed] : []);
    if (!union) return rest;
    return convertUnion(union, cursor, rest, view, this.#context, (part, from) => this.convert(part, from));
  }

  /** Kinds of a parent that cannot be told apart: any of them will do, or just what they have in common. */
  #readKinds(cursor: Cursor, view: View): SchemaObject {
    const { unions, reference } = this.#context;
    const kinds = unions.childrenOf(cursor).filter((kind) => placeOf(kind) !== placeOf(cursor));
    const members = kinds.map((kind) => reference(kind, view, 'value'));
    const annotations = isObject(cursor.value) ? annotationsOf(cursor.value) : {};
    return { ...annotations, anyOf: [...members, reference(cursor, view, 'base')] };
  }

  #readKeywords(
    cursor: Cursor,
    value: SchemaObject,
    outer: View,
    skip: readonly string[] = [],
  ): SchemaObject {
    const inPlace = this.#withLeftOut(cursor, value, outer);
    const { leftOut: _, ...inside } = inPlace;
    const schema: Record<string, unknown> = {};
    for (const keyword of Object.keys(value)) {
      if (keyword.startsWith('x-') || skip.includes(keyword)) continue;
      const place = child(cursor, keyword);
      switch (kindOf(keyword)) {
        case 'data':
          schema[keyword] = place.value;
          break;
        case 'schema':
          schema[keyword] = this.convert(place, inside);
          break;
        case 'list':
          schema[keyword] = this.#readList(place, IN_PLACE.has(keyword) ? inPlace : inside);
          break;
        case 'map':
          schema[keyword] = this.#readMap(entries(place), inside);
          break;
        case 'special':
          Object.assign(schema, this.#readSpecial(keyword, place, value, inPlace, inside));
          break;
        case undefined:
          this.#leaves.unknown(keyword, place);
      }
    }
    const isLegacy = [value.exclusiveMinimum, value.exclusiveMaximum].some(
      (flag) => typeof flag === 'boolean',
    );
    return isLegacy ? legacyBounds(schema) : schema;
  }

  #withLeftOut(cursor: Cursor, value: SchemaObject, outer: View): View {
    if (!('properties' in value || 'required' in value || 'allOf' in value)) return outer;
    const own = this.#context.variants.leftOut(cursor, outer.direction);
    return own.size === 0 ? outer : { ...outer, leftOut: new Set([...(outer.leftOut ?? []), ...own]) };
  }

  #readSpecial(keyword: string, place: Cursor, around: SchemaObject, own: View, inside: View): SchemaObject {
    const { value } = place;
    switch (keyword) {
      case 'properties':
        return { properties: this.#readProperties(place, own, inside) };
      case 'required':
        return Array.isArray(value) ? { required: value.filter((name) => !own.leftOut?.has(name)) } : {};
      case 'patternProperties':
        return { patternProperties: this.#readPatternProperties(place, inside) };
      case 'items':
        // Before 2020-12 a list of schemas in `items` is what `prefixItems` is now.
        return Array.isArray(value)
          ? { prefixItems: this.#readList(place, inside) }
          : { items: this.convert(place, inside) };
      case 'additionalItems':
        return Array.isArray(around.items) ? { items: this.convert(place, inside) } : {};
      case 'dependencies':
        return this.#readDependencies(place, inside);
      case 'pattern':
        return this.#leaves.pattern(place);
      case 'format':
        return this.#leaves.format(place);
      case 'exclusiveMinimum':
      case 'exclusiveMaximum':
        this.#leaves.exclusiveBound(keyword, place);
        return { [keyword]: value };
      case '$recursiveRef':
        return this.#leaves.recursiveRef(place);
      default:
        return {};
    }
  }

  #readList(place: Cursor, view: View): Schema[] {
    return items(place).map((item) => this.convert(item, view));
  }

  #readMap(members: readonly [string, Cursor][], view: View): SchemaObject {
    return Object.fromEntries(members.map(([name, member]) => [name, this.convert(member, view)]));
  }

  /** Properties that a direction leaves out keep their check, and the mark that keeps them out of the type. */
  #readProperties(place: Cursor, own: View, inside: View): SchemaObject {
    const mark = LEFT_OUT[own.direction];
    const properties = entries(place).map(([name, property]): [string, Schema] => {
      const schema = this.convert(property, inside);
      if (!own.leftOut?.has(name) || schema === false) return [name, schema];
      return [name, { ...(schema === true ? {} : schema), [mark]: true }];
    });
    return Object.fromEntries(properties);
  }

  #readPatternProperties(place: Cursor, inside: View): SchemaObject {
    const members = entries(place).flatMap(([pattern, member]): [string, Cursor][] => {
      const mended = this.#leaves.mend(pattern, member);
      return mended === undefined ? [] : [[mended, member]];
    });
    return this.#readMap(members, inside);
  }

  /** `dependencies` of the drafts before 2019-09. */
  #readDependencies(place: Cursor, inside: View): SchemaObject {
    const isList = ([, { value }]: [string, Cursor]): boolean => Array.isArray(value);
    const lists = entries(place).filter(isList);
    const schemas = entries(place).filter((entry) => !isList(entry));
    return {
      ...(lists.length > 0 && {
        dependentRequired: Object.fromEntries(lists.map(([name, { value }]) => [name, value])),
      }),
      ...(schemas.length > 0 && { dependentSchemas: this.#readMap(schemas, inside) }),
    };
  }
}

const annotationsOf = ({ title, description, deprecated }: SchemaObject): SchemaObject => ({
  ...(title !== undefined && { title }),
  ...(description !== undefined && { description }),
  ...(deprecated === true && { deprecated }),
});
