import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { NODE_TYPES } from './index.ts';
import type { JsonSchema } from './node-type.ts';

/**
 * Writes what is published of the table of node types: their schemas, which the API documents share, a page about
 * them, and the whole format as one JSON Schema, for editors. Run by `npm run generate`; with `--check` it fails where
 * a file is not what it would write.
 */

const NODES = 'specs/shared/nodes.yaml';
const DEFINITION = 'specs/shared/workflow-definition.yaml';
const JSON_SCHEMA = 'specs/shared/workflow-definition.schema.json';
const PAGE = 'docs/nodes.md';

const HEAD = '# Written by `npm run generate` from packages/engine/src/nodes. Do not edit.\n';
const FRAME = './workflow-definition.yaml';
const REFERENCE = /^#\/\$defs\/(\w+)$/;

type Types = readonly [name: string, type: (typeof NODE_TYPES)[keyof typeof NODE_TYPES]][];

const types: Types = Object.entries(NODE_TYPES);
const schemaName = (type: string): string => `${type.charAt(0).toUpperCase()}${type.slice(1)}Node`;

function nodeSchema(name: string, { docs, schema, fallible }: Types[number][1]): JsonSchema {
  return {
    type: 'object',
    description: docs,
    required: ['id', 'type', ...(schema.required ?? [])],
    additionalProperties: false,
    properties: {
      id: { $ref: '#/$defs/NodeId' },
      type: { const: name },
      title: { $ref: '#/$defs/NodeTitle' },
      ...(fallible === 'retry' && {
        timeout_ms: { $ref: '#/$defs/NodeTimeout' },
        retry: { $ref: '#/$defs/RetryPolicy' },
      }),
      ...(fallible !== false && { on_error: { $ref: '#/$defs/OnError' } }),
      ...schema.properties,
    },
  };
}

/** A copy with another text for each `$ref`. */
function withReferences(value: unknown, change: (reference: string) => string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withReferences(item, change));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' ? change(String(item)) : withReferences(item, change),
    ]),
  );
}

function nodeSchemas(): Record<string, JsonSchema> {
  const union = {
    description: 'One step, told apart by `type`.',
    oneOf: types.map(([name]) => ({ $ref: `#/$defs/${schemaName(name)}` })),
    discriminator: {
      propertyName: 'type',
      mapping: Object.fromEntries(types.map(([name]) => [name, `#/$defs/${schemaName(name)}`])),
    },
  };
  const defs: Record<string, JsonSchema> = { WorkflowNode: union };
  for (const [name, type] of types) {
    defs[schemaName(name)] = nodeSchema(name, type);
    Object.assign(defs, type.defs);
  }
  return defs;
}

/** For the documents: references to what is not defined here lead to the document around it. */
function nodesDocument(defs: Record<string, JsonSchema>): string {
  const change = (reference: string): string => {
    const [, name = ''] = REFERENCE.exec(reference) ?? [];
    return Object.hasOwn(defs, name) ? reference : FRAME + reference;
  };
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: withReferences(defs, change),
  };
  return HEAD + stringify(document, { lineWidth: 110 });
}

/** For editors: both documents as one. */
async function jsonSchema(defs: Record<string, JsonSchema>): Promise<string> {
  const whole: { readonly $defs: object } = parse(await readFile(DEFINITION, 'utf8'));
  const { $defs: frame, ...head } = whole;
  const document = { ...head, $defs: { ...frame, ...defs } };
  const bundled = withReferences(document, (reference) => reference.slice(reference.indexOf('#')));
  return `${JSON.stringify(bundled, null, 2)}\n`;
}

function page(): string {
  const rows = types.map(
    ([name, { summary, summaryZh }]) => `| [\`${name}\`](#${name}) | ${summary} | ${summaryZh} |`,
  );
  const sections = types.map(
    ([name, { docs, example }]) => `## ${name}\n\n${docs}\n\n\`\`\`yaml\n${stringify(example)}\`\`\`\n`,
  );
  const head =
    '<!-- Written by `npm run generate`. Do not edit. -->\n\n# Node types\n\nEach is one file in ' +
    '`packages/engine/src/nodes`. Its members, with their limits, stand in `specs/shared/nodes.yaml`; editors take ' +
    '`specs/shared/workflow-definition.schema.json`.\n';
  return `${head}\n| type | | |\n|---|---|---|\n${rows.join('\n')}\n\n${sections.join('\n')}`;
}

const isCheck = process.argv[2] === '--check';

async function publish(path: string, text: string): Promise<void> {
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known === text) return;
  if (!isCheck) return writeFile(path, text);
  process.stderr.write(`${path} is stale: run npm run generate\n`);
  process.exitCode = 1;
}

const defs = nodeSchemas();
await publish(NODES, nodesDocument(defs));
await publish(JSON_SCHEMA, await jsonSchema(defs));
await publish(PAGE, page());
