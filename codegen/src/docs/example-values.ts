import { isObject } from '../json.ts';
import { type BundledDocument, entriesOf, itemsOf, textOf } from './document.ts';

/** Schemas may nest in themselves; no example is worth more than this. */
const MAX_DEPTH = 6;

/** Text that looks like what a format asks for. */
const BY_FORMAT: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  email: 'ada@example.com',
  uri: 'https://example.com',
  uuid: '0c7f1f0e-7d4a-4d7e-9a5b-7e1f0a2b3c4d',
};

/** Whether a value is there: `null`, `false`, 0 and '' are. */
const given = (value: unknown): boolean => value !== undefined;

const typeOf = (schema: unknown): string | undefined => {
  if (!isObject(schema)) return undefined;
  const types = itemsOf(schema.type).filter((type) => type !== 'null');
  return textOf(types[0] ?? schema.type) ?? (isObject(schema.properties) ? 'object' : undefined);
};

function scalarOf(schema: Readonly<Record<string, unknown>>): unknown {
  switch (typeOf(schema)) {
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'null':
      return null;
    default:
      return BY_FORMAT[textOf(schema.format) ?? ''] ?? 'text';
  }
}

/** Makes values that schemas allow, from the examples that a document has as far as there are any. */
export function createExampleValues({ follow }: BundledDocument) {
  function ofObject(schema: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
    const required = new Set(itemsOf(schema.required));
    const members = entriesOf(schema.properties).filter(([name]) => required.has(name));
    return Object.fromEntries(members.map(([name, member]) => [name, ofSchema(member, depth + 1)]));
  }

  /** The example or default of a schema; undefined where it has none. */
  function saidOf(place: unknown): unknown {
    const schema = follow(place);
    return [schema.example, itemsOf(schema.examples)[0], schema.const, schema.default].find(given);
  }

  /** A value for a schema: its example, default or first choice, else one made from its type. */
  function ofSchema(place: unknown, depth = 0): unknown {
    const schema = follow(place);
    const said = saidOf(schema);
    if (given(said)) return said;
    const [choice] = itemsOf(schema.enum);
    if (given(choice)) return choice;
    if (depth > MAX_DEPTH) return {};
    const parts = itemsOf(schema.allOf).map((part) => ofSchema(part, depth + 1));
    const [branch] = [...itemsOf(schema.oneOf), ...itemsOf(schema.anyOf)];
    if (branch !== undefined) parts.push(ofSchema(branch, depth + 1));
    const own = typeOf(schema);
    if (own === 'array') return [ofSchema(schema.items, depth + 1)];
    if (own === 'object' || parts.some(isObject))
      return Object.assign({}, ...parts.filter(isObject), ofObject(schema, depth));
    return parts.find(given) ?? scalarOf(schema);
  }

  /** A value for a parameter, a media type or a header (OpenAPI 3.2 sections 4.12, 4.14 and 4.19). */
  function of(place: unknown): unknown {
    const holder = follow(place);
    const [named] = entriesOf(holder.examples).map(([, example]) => follow(example));
    const said = [holder.example, named?.dataValue, named?.value].find(given);
    return given(said) ? said : ofSchema(holder.schema);
  }

  return { of, ofSchema, saidOf };
}

export type ExampleValues = ReturnType<typeof createExampleValues>;
