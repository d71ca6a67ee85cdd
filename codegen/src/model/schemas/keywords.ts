/** What a keyword's value is, and with that how it is read. */
type KeywordKind =
  /** One schema. */
  | 'schema'
  /** A list of schemas. */
  | 'list'
  /** Schemas by name. */
  | 'map'
  | 'data'
  /** An annotation that changes neither a type nor a check, or a part that is read where it is referred to. */
  | 'dropped'
  /** Read together with its neighbours. */
  | 'special';

function spread(kind: KeywordKind, keywords: string): [string, KeywordKind][] {
  return keywords.split(' ').map((keyword) => [keyword, kind]);
}

const KINDS: ReadonlyMap<string, KeywordKind> = new Map([
  ...spread('schema', 'additionalProperties not if then else contains propertyNames'),
  ...spread('schema', 'unevaluatedProperties unevaluatedItems'),
  ...spread('list', 'allOf anyOf oneOf prefixItems'),
  ...spread('map', 'dependentSchemas'),
  ...spread('data', 'type const enum multipleOf maximum minimum maxLength minLength maxItems minItems'),
  ...spread('data', 'uniqueItems maxContains minContains maxProperties minProperties dependentRequired'),
  ...spread('data', 'title description default deprecated'),
  ...spread(
    'special',
    'properties patternProperties required items additionalItems dependencies pattern format',
  ),
  ...spread(
    'special',
    'exclusiveMaximum exclusiveMinimum nullable discriminator $ref $dynamicRef $recursiveRef',
  ),
  ...spread('dropped', '$schema $id id $anchor $dynamicAnchor $recursiveAnchor $vocabulary $comment $defs'),
  ...spread('dropped', 'definitions externalDocs xml example examples contentEncoding contentMediaType'),
  // `readOnly` and `writeOnly` are put where they count: see schemas-variants.ts.
  ...spread('dropped', 'contentSchema readOnly writeOnly'),
]);

/** Undefined for a keyword that is not known. */
export const kindOf = (keyword: string): KeywordKind | undefined => KINDS.get(keyword);

/** Whether a keyword neither holds schemas nor refers to one. */
export const isSimple = (keyword: string): boolean =>
  ['data', 'dropped'].includes(KINDS.get(keyword) ?? '') || keyword === 'format' || keyword === 'pattern';

/** Says what to write instead of a keyword that has another meaning here, or none. */
export const ADVICE: Readonly<Record<string, string>> = {
  $recursiveRef: 'Write $dynamicRef and $dynamicAnchor.',
  divisibleBy: 'Write multipleOf.',
  extends: 'Write allOf.',
  disallow: 'Write not.',
};

/** Keywords that may stand beside a `$ref` without narrowing what it means. */
const ANNOTATIONS = new Set(['title', 'description', 'default', 'deprecated', 'readOnly', 'writeOnly']);

export const isAnnotation = (keyword: string): boolean => ANNOTATIONS.has(keyword);

/** Whether a keyword beside a `$ref` makes the schema another one than what is referred to. */
export const narrows = (keyword: string): boolean =>
  keyword !== '$ref' &&
  !ANNOTATIONS.has(keyword) &&
  !keyword.startsWith('x-') &&
  KINDS.get(keyword) !== 'dropped';

/**
 * Formats that validators check: those of JSON Schema 2020-12 (Validation, section 7.3) in ASCII, and the
 * data types of OpenAPI 3.0. The others stay annotations.
 */
const CHECKED_FORMATS = new Set(
  (
    'date time date-time iso-time iso-date-time duration uri uri-reference uri-template url email hostname ' +
    'ipv4 ipv6 regex uuid json-pointer json-pointer-uri-fragment relative-json-pointer byte int32 int64 float ' +
    'double password binary'
  ).split(' '),
);

export const isCheckedFormat = (format: string): boolean => CHECKED_FORMATS.has(format);
