// What documents are made of: which members of which objects hold which objects (OpenAPI 3.2 section 4,
// AsyncAPI 3.1 "Schema"). Older versions have fewer members, and the same ones.

import { isObject } from '../json.ts';

export type Kind =
  | 'document'
  | 'components'
  | 'paths'
  | 'pathItem'
  | 'operation'
  | 'parameter'
  | 'requestBody'
  | 'responses'
  | 'response'
  | 'header'
  | 'mediaType'
  | 'encoding'
  | 'example'
  | 'callback'
  | 'schema'
  | 'server'
  | 'tag'
  | 'securityScheme'
  | 'asyncDocument'
  | 'asyncComponents'
  | 'channel'
  | 'asyncOperation'
  | 'reply'
  | 'message'
  | 'asyncParameter'
  | 'channelBindings'
  | 'socketBinding'
  | 'payload';

/** A member that holds one object, a list of such, or such by names of the author's choice. */
export interface Member {
  readonly kind: Kind;
  readonly holds: 'one' | 'list' | 'map';
}

/** The members of an object by name. Every name that is not listed is `others`, but for extensions. */
export interface Shape {
  readonly members: Readonly<Record<string, Member>>;
  readonly others?: Kind;
}

const one = (kind: Kind): Member => ({ kind, holds: 'one' });
const list = (kind: Kind): Member => ({ kind, holds: 'list' });
const map = (kind: Kind): Member => ({ kind, holds: 'map' });

const none: Shape = { members: {} };

/** The methods that have a member of their own in a path item. */
export const METHODS = [
  'get',
  'put',
  'post',
  'delete',
  'options',
  'head',
  'patch',
  'trace',
  'query',
] as const;

const SCHEMA: Readonly<Record<string, Member>> = {
  ...Object.fromEntries(
    [
      'additionalProperties',
      'contains',
      'contentSchema',
      'else',
      'if',
      'items',
      'not',
      'propertyNames',
      'then',
      'unevaluatedItems',
      'unevaluatedProperties',
    ].map((name) => [name, one('schema')]),
  ),
  ...Object.fromEntries(['allOf', 'anyOf', 'oneOf', 'prefixItems'].map((name) => [name, list('schema')])),
  ...Object.fromEntries(
    ['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'].map((name) => [
      name,
      map('schema'),
    ]),
  ),
};

const CONTENT: Readonly<Record<string, Member>> = {
  schema: one('schema'),
  examples: map('example'),
};

export const SHAPES: Readonly<Record<Kind, Shape>> = {
  document: {
    members: {
      servers: list('server'),
      tags: list('tag'),
      paths: one('paths'),
      webhooks: map('pathItem'),
      components: one('components'),
    },
  },
  components: {
    members: {
      schemas: map('schema'),
      responses: map('response'),
      parameters: map('parameter'),
      examples: map('example'),
      requestBodies: map('requestBody'),
      headers: map('header'),
      securitySchemes: map('securityScheme'),
      callbacks: map('callback'),
      pathItems: map('pathItem'),
      mediaTypes: map('mediaType'),
    },
  },
  paths: { members: {}, others: 'pathItem' },
  pathItem: {
    members: {
      ...Object.fromEntries(METHODS.map((method) => [method, one('operation')])),
      additionalOperations: map('operation'),
      servers: list('server'),
      parameters: list('parameter'),
    },
  },
  operation: {
    members: {
      parameters: list('parameter'),
      requestBody: one('requestBody'),
      responses: one('responses'),
      callbacks: map('callback'),
      servers: list('server'),
    },
  },
  parameter: { members: { ...CONTENT, content: map('mediaType') } },
  requestBody: { members: { content: map('mediaType') } },
  responses: { members: {}, others: 'response' },
  response: { members: { headers: map('header'), content: map('mediaType') } },
  header: { members: { ...CONTENT, content: map('mediaType') } },
  mediaType: {
    members: {
      ...CONTENT,
      itemSchema: one('schema'),
      encoding: map('encoding'),
      prefixEncoding: list('encoding'),
      itemEncoding: one('encoding'),
    },
  },
  encoding: {
    members: {
      headers: map('header'),
      encoding: map('encoding'),
      prefixEncoding: list('encoding'),
      itemEncoding: one('encoding'),
    },
  },
  example: none,
  callback: { members: {}, others: 'pathItem' },
  schema: { members: SCHEMA },
  server: none,
  tag: none,
  securityScheme: none,
  asyncDocument: {
    members: {
      channels: map('channel'),
      operations: map('asyncOperation'),
      components: one('asyncComponents'),
    },
  },
  asyncComponents: {
    members: {
      schemas: map('payload'),
      channels: map('channel'),
      operations: map('asyncOperation'),
      messages: map('message'),
      parameters: map('asyncParameter'),
      replies: map('reply'),
      messageTraits: map('message'),
      channelBindings: map('channelBindings'),
    },
  },
  channel: {
    members: {
      messages: map('message'),
      parameters: map('asyncParameter'),
      bindings: one('channelBindings'),
    },
  },
  asyncOperation: { members: { messages: list('message'), reply: one('reply') } },
  reply: { members: { messages: list('message') } },
  message: { members: { payload: one('payload'), headers: one('payload'), traits: list('message') } },
  asyncParameter: none,
  channelBindings: { members: { ws: one('socketBinding') } },
  socketBinding: { members: { query: one('schema'), headers: one('schema') } },
  payload: { members: { ...SCHEMA, schema: one('schema') } },
};

/** One object in another one. */
export interface Part {
  readonly kind: Kind;
  /** The keys that lead from the outer object to it. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

function partsOf(name: string, { kind, holds }: Member, value: unknown): Part[] {
  // `items` was a list too before JSON Schema 2020-12.
  if (holds !== 'map' && Array.isArray(value))
    return value.map((item, index) => ({ kind, path: [name, index], value: item }));
  if (holds === 'one') return [{ kind, path: [name], value }];
  return holds === 'map' && isObject(value)
    ? Object.entries(value).map(([key, item]) => ({ kind, path: [name, key], value: item }))
    : [];
}

/** The objects that an object of `kind` holds, `$ref`s included, in the order in which they are written. */
export function parts(kind: Kind, value: unknown): Part[] {
  if (!isObject(value)) return [];
  const { members, others } = SHAPES[kind];
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = Object.hasOwn(members, name) ? members[name] : undefined;
    if (known) return partsOf(name, known, inner);
    return others && !name.startsWith('x-') ? [{ kind: others, path: [name], value: inner }] : [];
  });
}
