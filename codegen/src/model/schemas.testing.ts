import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { at, type Cursor } from '../load/cursor.ts';
import { createDocuments, type Documents } from '../load/documents.ts';
import { inReadingOrder } from '../problems.ts';
import type { Schema } from './api.ts';
import { createSchemaTable, type Direction, type SchemaTable } from './schemas.ts';

/** Documents that were opened, and a table of their schemas. */
export interface Opened {
  readonly documents: Documents;
  readonly table: SchemaTable;
  /** A place of the first document. */
  at(pointer: string): Cursor;
  /** A reference to a component of it. */
  component(name: string): Cursor;
  /** What was found so far, as `file:line severity: message`. */
  problems(): string[];
  /** The schemas of the table by name. */
  schemas(): Record<string, Schema>;
}

/** Opens the first of some documents; the others lie beside it. */
export async function open(
  files: Readonly<Record<string, string>>,
  ...roots: readonly string[]
): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-schemas-'));
  const documents = createDocuments();
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const [first = ''] = Object.keys(files);
    for (const name of roots.length > 0 ? roots : [first]) await documents.open(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
  const table = createSchemaTable(documents);
  const place = (pointer: string): Cursor => {
    const [root] = documents.roots;
    if (!root) throw new Error(documents.problems.map(({ message }) => message).join());
    return at(root.document, pointer);
  };
  return {
    documents,
    table,
    at: place,
    component: (name) => ({
      ...place(''),
      value: {
        $ref: `#/components/schemas/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`,
      },
    }),
    problems: () =>
      inReadingOrder(documents.problems).map(
        ({ file, line, severity, message }) => `${basename(file)}:${line} ${severity}: ${message}`,
      ),
    schemas: () => Object.fromEntries(table.all().map(({ name, schema }) => [name, schema])),
  };
}

/** An OpenAPI document of these component schemas. */
export const schemaDocument = (schemas: unknown, version = '3.1.0', paths: unknown = {}): string =>
  JSON.stringify({
    openapi: version,
    info: { title: 'Test', version: '1' },
    paths,
    components: { schemas },
  });

/** The component schemas of one document in our own form, beginning with those called `names`. */
export async function convertAll(
  schemas: Readonly<Record<string, unknown>>,
  version?: string,
  names: readonly string[] = Object.keys(schemas),
  direction?: Direction,
): Promise<Record<string, Schema>> {
  const opened = await open({ 'openapi.json': schemaDocument(schemas, version) });
  for (const name of names) opened.table.named(opened.component(name), '', direction);
  return opened.schemas();
}
