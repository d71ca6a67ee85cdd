import type { SchemaObject } from './schema.ts';

/** A value for one place, and whether the schema of the place takes it. */
export interface Candidate {
  readonly value: unknown;
  readonly fits: boolean;
  /** In words, such as `one character too many`. */
  readonly what: string;
}

/** Longer texts are not tried: bodies would be refused as a whole. */
const MAX_TEXT = 100_000;
const MAX_ITEMS = 1_001;

/** Values that test one place of JSON: of a wrong type, and at and beyond each bound. */
export function candidatesFor(schema: SchemaObject): readonly Candidate[] {
  const wrong = wrongType(schema);
  return [
    ...(wrong === undefined ? [] : [{ value: wrong, fits: false, what: 'of a wrong type' }]),
    ...boundsOf(schema),
  ];
}

/** Texts that test one parameter. `mayHoldNul` where the place can carry one. */
export function textsFor(schema: SchemaObject, mayHoldNul: boolean): readonly Candidate[] {
  const types = typesOf(schema);
  const isNumber = types.some((type) => type === 'integer' || type === 'number');
  return [
    ...(isNumber ? [{ value: 'ten', fits: false, what: 'that is no number' }] : []),
    ...(types.includes('boolean') ? [{ value: 'perhaps', fits: false, what: 'that is no boolean' }] : []),
    ...boundsOf(schema).filter(
      ({ value }) => mayHoldNul || typeof value !== 'string' || /^[ -~]*$/.test(value),
    ),
  ];
}

const typesOf = ({ type }: SchemaObject): readonly unknown[] =>
  Array.isArray(type) ? type : type === undefined ? [] : [type];

/** A value of a type that the schema excludes; undefined where it takes anything or says so in another way. */
function wrongType(schema: SchemaObject): unknown {
  const types = typesOf(schema);
  if (types.length === 0) return undefined;
  if (!types.includes('object')) return { of: 'a wrong type' };
  if (!types.includes('string')) return 'a text';
  return types.includes('array') ? undefined : [];
}

function boundsOf(schema: SchemaObject): readonly Candidate[] {
  const types = typesOf(schema);
  if (Array.isArray(schema.enum))
    return [{ value: 'no-such-word', fits: false, what: 'that is none of the words' }];
  if (types.includes('string')) return textBounds(schema);
  if (types.includes('integer') || types.includes('number')) return numberBounds(schema);
  if (types.includes('array')) return arrayBounds(schema);
  return [];
}

function textBounds({ minLength, maxLength, pattern }: SchemaObject): readonly Candidate[] {
  const candidates: Candidate[] = [];
  if (typeof minLength === 'number' && minLength > 0)
    candidates.push({ value: 'a'.repeat(minLength - 1), fits: false, what: 'that is too short' });
  if (typeof maxLength === 'number' && maxLength < MAX_TEXT) {
    candidates.push({ value: 'a'.repeat(maxLength + 1), fits: false, what: 'one character too long' });
    const longest = 'a'.repeat(maxLength);
    if (matches(pattern, longest))
      candidates.push({ value: longest, fits: true, what: 'of the greatest length' });
  }
  const odd = ['\u0000', ' ', '!', 'é', 'A b', '-'].find((text) => !matches(pattern, text));
  if (odd !== undefined && typeof pattern === 'string')
    candidates.push({ value: odd, fits: false, what: 'that does not fit the pattern' });
  return candidates;
}

const matches = (pattern: unknown, text: string): boolean =>
  typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text);

function numberBounds({ minimum, maximum, type }: SchemaObject): readonly Candidate[] {
  return [
    ...(typeof minimum === 'number'
      ? [
          { value: minimum - 1, fits: false, what: 'below the least' },
          { value: minimum, fits: true, what: 'the least' },
        ]
      : []),
    ...(typeof maximum === 'number' && Number.isSafeInteger(maximum + 1)
      ? [
          { value: maximum + 1, fits: false, what: 'above the greatest' },
          { value: maximum, fits: true, what: 'the greatest' },
        ]
      : []),
    ...(type === 'integer' ? [{ value: 1.5, fits: false, what: 'that is no whole number' }] : []),
  ];
}

function arrayBounds({ minItems, maxItems }: SchemaObject): readonly Candidate[] {
  return [
    ...(typeof minItems === 'number' && minItems > 0
      ? [{ value: [], fits: false, what: 'with too few items' }]
      : []),
    ...(typeof maxItems === 'number' && maxItems < MAX_ITEMS
      ? [
          {
            value: Array.from({ length: maxItems + 1 }, (_, index) => `item ${index}`),
            fits: false,
            what: 'with one item too many',
          },
        ]
      : []),
  ];
}
