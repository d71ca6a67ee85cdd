import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { UsageError } from '../commands/command.ts';

/** Two versions of one document; one of them is absent when it was added or removed. */
export interface VersionPair {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

const DOCUMENT = /^(openapi|asyncapi)\.(ya?ml|json)$/;

const isFolder = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new UsageError(`There is no file or folder ${path}.`);
  return found.isDirectory();
};

/** The documents of a folder by their path in it, without the ending. */
async function documentsIn(folder: string): Promise<Map<string, string>> {
  const found = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = found
    .filter((entry) => entry.isFile() && DOCUMENT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/(^|[\\/])(node_modules|\.[^\\/.]+)[\\/]/.test(relative(folder, path)));
  return new Map(files.sort().map((path) => [relative(folder, path).replace(/\.\w+$/, ''), path]));
}

/**
 * Pairs two files, or the documents named openapi and asyncapi of two folders.
 *
 * @throws UsageError when one is a file and the other a folder, or neither folder has a document.
 */
export async function pairVersions(before: string, after: string): Promise<VersionPair[]> {
  const [old, now] = [await isFolder(before), await isFolder(after)];
  if (old !== now) throw new UsageError(`${before} and ${after} are a file and a folder.`);
  if (!old) return [{ name: after, before, after }];
  const [olds, news] = [await documentsIn(before), await documentsIn(after)];
  if (olds.size + news.size === 0)
    throw new UsageError(`Neither ${before} nor ${after} has a file openapi.yaml or asyncapi.yaml.`);
  return [...new Set([...olds.keys(), ...news.keys()])].sort().map((name) => {
    const [from, to] = [olds.get(name), news.get(name)];
    return { name, ...(from !== undefined && { before: from }), ...(to !== undefined && { after: to }) };
  });
}

/**
 * Pairs documents with older copies at the same paths in a folder, from the working directory.
 *
 * @throws UsageError when there is no such folder.
 */
export async function pairCopies(folder: string, documents: readonly string[]): Promise<VersionPair[]> {
  if (!(await isFolder(folder))) throw new UsageError(`${folder} is a file. Name the new one too.`);
  return Promise.all(
    documents.map(async (after) => {
      const before = join(folder, relative(process.cwd(), resolve(after)));
      const isThere = await stat(before).catch(() => undefined);
      return { name: after, ...(isThere && { before }), after };
    }),
  );
}
