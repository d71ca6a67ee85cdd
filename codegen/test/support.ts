import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Files } from '../src/emit/api.ts';
import { type ApiSource, generateApi, generateSchemas, loadApi } from '../src/generate.ts';
import type { ApiModel } from '../src/model/api.ts';
import { DocumentError } from '../src/problems.ts';

async function createFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-codegen-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** A folder that lasts as long as the test. */
export async function temporaryFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await createFolder(files);
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Documents by file name; `asyncapi.yaml` is taken up when it is there. */
export type Documents = Readonly<Record<string, string>>;

async function within<T>(files: Documents, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await createFolder(files);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const sourceIn = (folder: string, documents: Documents): ApiSource => ({
  openapi: join(folder, 'openapi.yaml'),
  ...('asyncapi.yaml' in documents && { asyncapi: join(folder, 'asyncapi.yaml') }),
  out: join(folder, 'chat-api'),
});

export const modelOf = (documents: Documents): Promise<ApiModel> =>
  within(documents, (folder) => loadApi(sourceIn(folder, documents)));

export const filesOf = (documents: Documents): Promise<Files> =>
  within(documents, (folder) => generateApi(sourceIn(folder, documents)));

export const schemaFilesOf = (document: string): Promise<Files> =>
  within({ 'schemas.yaml': document }, (folder) =>
    generateSchemas({ schemas: join(folder, 'schemas.yaml'), out: folder }),
  );

/** The faults of documents as `file:line message`. */
export async function faultsOf(documents: Documents): Promise<string[]> {
  try {
    await filesOf(documents);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return error.problems.map(({ file, line, message }) => `${basename(file)}:${line} ${message}`);
  }
  return [];
}

/** An OpenAPI document of one operation, whose own lines begin at line 6. */
export const operationDocument = (operation: string, components = '{}'): string => `openapi: 3.2.0
info: { title: Test, version: 1.0.0 }
paths:
  /things/{id}:
    post:
${operation.replaceAll(/^/gm, '      ')}
      operationId: doThing
components:
  schemas:
${components.replaceAll(/^/gm, '    ')}
`;

/** Imports JavaScript source as a module. */
export async function importSource(source: string): Promise<Readonly<Record<string, unknown>>> {
  const folder = await temporaryFolder({ 'module.mjs': source });
  return import(/* @vite-ignore */ join(folder, 'module.mjs'));
}
