import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { generateApi } from '../src/generate.ts';
import { isObject } from '../src/json.ts';
import { faultsOfUsage, RUNTIME } from './compile.ts';

// The biggest public description of an API: 13 MB of OpenAPI 3.0, more than 1,200 operations.
const DOCUMENT = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');

const { files, warnings } = await generateApi({ openapi: DOCUMENT, out: 'github', runtime: RUNTIME });

/** The operationIds of the document, in its order. */
async function operationIds(): Promise<string[]> {
  const document: unknown = JSON.parse(await readFile(DOCUMENT, 'utf8'));
  const paths = isObject(document) && isObject(document.paths) ? Object.values(document.paths) : [];
  return paths
    .flatMap((path) => (isObject(path) ? Object.values(path) : []))
    .flatMap((operation) =>
      isObject(operation) && typeof operation.operationId === 'string' ? [operation.operationId] : [],
    );
}

test('every operation of the document has a method, called by its operationId', async () => {
  const ids = await operationIds();
  expect(ids.length).toBeGreaterThan(1200);
  const names = [...(files.get('client.ts') ?? '').matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name);
  expect(names).toHaveLength(ids.length);
  const letters = (text = '') => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  expect(names.map(letters)).toEqual(ids.map(letters));
});

test('what is left out is named', () => {
  // Two operations with one path are both generated: who calls them knows which one is meant.
  expect(warnings.map(({ message }) => message).sort()).toEqual([
    expect.stringContaining('Not supported yet: servers.'),
    expect.stringContaining('the schema of a body of application/vnd.github.object'),
    expect.stringContaining('`/orgs/{org}/attestations/{attestation_id}`'),
    expect.stringContaining('`/users/{username}/attestations/{attestation_id}`'),
    expect.stringContaining('the format repo.nwo'),
  ]);
});

test('what is generated compiles under the strictest settings', { timeout: 120_000 }, async () => {
  const usage = `
import { type FullRepository, github, type GithubClient, type Operations } from './index.ts';
import { githubServer } from './server.ts';

declare const client: GithubClient;

export async function use(): Promise<FullRepository> {
  const issues = await client.issuesListForRepo({ path: { owner: 'a', repo: 'b' }, query: { per_page: 10 } });
  // @ts-expect-error a repository has an owner
  await client.reposGet({ path: { repo: issues[0]?.title ?? '' } });
  const text: string = await client.markdownRenderRaw({ body: '# hi' });
  await client.reposUploadReleaseAsset({ path: { owner: 'a', repo: text, release_id: 1 }, query: { name: 'n' }, body: new Blob([]) });
  return client.reposGet({ path: { owner: 'a', repo: 'b' } });
}

export const gone = (reply: Operations['reposGet']['reply']): string | undefined =>
  reply.status === 404 ? reply.body.message : undefined;
export const accepts = [github.outputs.reposGet, githubServer.inputs.reposGet];
`;
  expect(await faultsOfUsage(files, usage)).toEqual([]);
});
