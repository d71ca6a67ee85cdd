import {
  type GlobalContext,
  type SchemaObject as OpenApiSchema,
  transformSchemaObject,
} from 'openapi-typescript';
import ts from 'typescript';
import { isObject } from '../json.ts';
import type { NamedSchema, Schema } from '../model/api.ts';
import { docComment, indent, LINE_WIDTH, quote } from './text.ts';

// The only file that knows openapi-typescript. Its transformation of one schema is used, not its
// document: 7.13 drops what OpenAPI 3.2 added, and names types `components["schemas"]["X"]`.

const { factory } = ts;

const CLOSED_EMPTY_OBJECT = factory.createTypeReferenceNode('Record', [
  factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword),
  factory.createKeywordTypeNode(ts.SyntaxKind.NeverKeyword),
]);

const isClosedAndEmpty = (schema: object): boolean =>
  'type' in schema &&
  schema.type === 'object' &&
  'additionalProperties' in schema &&
  schema.additionalProperties === false &&
  !['properties', 'patternProperties', 'allOf', 'anyOf', 'oneOf'].some((keyword) => keyword in schema);

/** The settings that openapi-typescript reads while it transforms a schema. */
const context = (injectFooter: ts.Node[], schemas: ReadonlyMap<string, Schema>): GlobalContext => ({
  additionalProperties: false,
  alphabetize: false,
  arrayLength: false,
  conditionalEnums: false,
  dedupeEnums: false,
  // A default says what the server assumes, so a caller may still leave the value out.
  defaultNonNullable: false,
  discriminators: { objects: {}, refsHandled: [] },
  emptyObjectsUnknown: true,
  enum: false,
  enumValues: false,
  excludeDeprecated: false,
  exportType: false,
  generatePathParams: false,
  immutable: false,
  injectFooter,
  makePathsEnum: false,
  pathParamsAsTypes: false,
  postTransform: undefined,
  propertiesRequiredByDefault: false,
  readWriteMarkers: false,
  // Read by the parts that transform whole documents, which are not used.
  redoc: undefined as never,
  // Sound: it is only asked for schemas.
  resolve: <T>(ref: string) => schemas.get(ref.slice('#/components/schemas/'.length)) as T | undefined,
  rootTypes: false,
  rootTypesKeepCasing: false,
  rootTypesNoSchemaPrefix: false,
  silent: true,
  transform: (schema) => (isClosedAndEmpty(schema) ? CLOSED_EMPTY_OBJECT : undefined),
  transformProperty: undefined,
});

/** Says a schema in the words that openapi-typescript understands rightly. */
function prepare(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(prepare);
  if (!isObject(schema)) return schema;
  const { discriminator: _dispatch, format: _format, title: _title, const: constant, ...rest } = schema;
  const prepared = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, prepareKeyword(key, value)] as const),
  );
  if (constant === null) return { ...prepared, type: 'null' };
  if (constant !== undefined) return { ...prepared, const: constant };
  // It makes a union of an anyOf and what stands beside it, where JSON Schema means both.
  if (
    'anyOf' in prepared &&
    ['properties', 'additionalProperties', 'allOf', 'oneOf'].some((key) => key in prepared)
  ) {
    const { anyOf, description, ...beside } = prepared;
    return { ...(description !== undefined && { description }), allOf: [beside, { anyOf }] };
  }
  return prepared;
}

const prepareKeyword = (keyword: string, value: unknown): unknown => {
  if (['enum', 'default', 'required', 'type'].includes(keyword)) return value;
  if (!['properties', 'patternProperties', 'dependentSchemas'].includes(keyword) || !isObject(value))
    return prepare(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, prepare(member)]));
};

/** Schema names in place of indexed access, and single quotes. */
const tidy: ts.TransformerFactory<ts.Node> = (transformation) => (root) => {
  const visit = (node: ts.Node): ts.Node => {
    const name = referredName(node);
    if (name !== undefined) return factory.createTypeReferenceNode(name);
    if (ts.isIdentifier(node) && node.text.startsWith('"')) return singleQuoted(JSON.parse(node.text));
    if (ts.isStringLiteral(node)) return singleQuoted(node.text);
    const visited = ts.visitEachChild(node, visit, transformation);
    return ts.setSyntheticLeadingComments(
      visited,
      ts.getSyntheticLeadingComments(node)?.flatMap(tidyComment),
    );
  };
  return ts.visitNode(root, visit);
};

const singleQuoted = (text: string): ts.Identifier => factory.createIdentifier(quote(text));

/** The X of `components["schemas"]["X"]`. */
function referredName(node: ts.Node): string | undefined {
  if (!ts.isIndexedAccessTypeNode(node) || !ts.isIndexedAccessTypeNode(node.objectType)) return undefined;
  const { indexType } = node;
  return ts.isLiteralTypeNode(indexType) && ts.isStringLiteral(indexType.literal)
    ? indexType.literal.text
    : undefined;
}

/** Keeps what a reader of the type cannot see in it: the description, the default, the deprecation. */
function tidyComment(comment: ts.SynthesizedComment): ts.SynthesizedComment[] {
  const lines = comment.text
    .replace(/^\*/, '')
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, '').trim())
    .filter((line) => !/^@(constant|enum\b.*)$/.test(line))
    .map((line) => line.replace(/^@description /, ''));
  const text = docComment(lines.join('\n').trim());
  return text === '' ? [] : [{ ...comment, text: text.trimEnd().slice(2, -2) }];
}

const printer = ts.createPrinter({ newLine: ts.NewLineKind.LineFeed, removeComments: false });
const NO_FILE = ts.createSourceFile('', '', ts.ScriptTarget.ESNext, false, ts.ScriptKind.TS);

function print(node: ts.Node): string {
  const { transformed } = ts.transform(node, [tidy]);
  const text = transformed
    .map((part) => printer.printNode(ts.EmitHint.Unspecified, part, NO_FILE))
    .join('\n');
  const narrow = text.replaceAll(/^(?: {4})+/gm, (margin) => margin.slice(margin.length / 2));
  return narrow.split('\n').map(breakUnion).join('\n');
}

/** Breaks a property whose union of literals and names does not fit on its line. */
function breakUnion(line: string): string {
  const [, margin = '', name, union = ''] = /^( *)([^:{}]+): ([^{}()&]+);$/.exec(line) ?? [];
  const members = union.split(' | ');
  if (line.length <= LINE_WIDTH || name === undefined || members.length === 1) return line;
  return `${margin}${name}:${members.map((member) => `\n${margin}  | ${member}`).join('')};`;
}

/** A type that does not fit on a line is broken before each member of its union. */
function aliasBody(type: ts.TypeNode, taken: number): string {
  const text = print(type);
  if (text.length + taken <= LINE_WIDTH || !ts.isUnionTypeNode(type)) return ` ${text}`;
  return `\n${type.types.map((member) => `  | ${indent(print(member), '    ').trimStart()}`).join('\n')}`;
}

/** What the library asks for, by its footer, when an allOf requires members of another schema. */
const WITH_REQUIRED = 'type WithRequired<T, K extends keyof T> = T & { [P in K]-?: T[P] };\n';

export interface SchemaTypes {
  /** An exported declaration for each exported schema, and the helper types that they need. */
  declarations(): string;
  /** A schema as a type expression. */
  inline(schema: Schema): string;
}

/** Types for schemas, by openapi-typescript. */
export function createSchemaTypes(schemas: readonly NamedSchema[]): SchemaTypes {
  const footer: ts.Node[] = [];
  const ctx = context(footer, new Map(schemas.map(({ name, schema }) => [name, schema])));
  const typeOf = (schema: Schema, path: string): ts.TypeNode =>
    // Sound: `prepare` only yields JSON Schemas, which the library takes as its own schema type.
    transformSchemaObject(prepare(schema) as OpenApiSchema, { path, ctx });

  function declare({ name, schema }: NamedSchema): string {
    const type = typeOf(schema, `#/components/schemas/${name}`);
    const description = isObject(schema) && typeof schema.description === 'string' ? schema.description : '';
    const comment = docComment(description, LINE_WIDTH);
    if (ts.isTypeLiteralNode(type)) return `${comment}export interface ${name} ${print(type)}\n`;
    const head = `export type ${name} =`;
    return `${comment}${head}${aliasBody(type, head.length + 2)};\n`;
  }

  return {
    declarations() {
      const declared = schemas.filter(({ exported }) => exported).map(declare);
      return [...declared, ...(footer.length > 0 ? [WITH_REQUIRED] : [])].join('\n');
    },
    inline: (schema) => print(typeOf(schema, '#')),
  };
}
