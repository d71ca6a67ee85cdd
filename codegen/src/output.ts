import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Files } from './emit/api.ts';
import { BANNER_START } from './emit/text.ts';

/** How one file of a generated folder differs from what the documents say. */
export interface Difference {
  readonly name: string;
  readonly state: 'stale' | 'missing' | 'extra';
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function listIfThere(folder: string): Promise<string[]> {
  try {
    const found = await readdir(folder, { withFileTypes: true });
    return found.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Compares the files of a folder with what it should hold. Nothing is written; its folders are left alone. */
export async function compareFiles(folder: string, files: Files): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const [name, content] of files) {
    const found = await readIfThere(join(folder, name));
    if (found !== content) differences.push({ name, state: found === undefined ? 'missing' : 'stale' });
  }
  const extra = (await listIfThere(folder)).filter((name) => !files.has(name));
  return [...differences, ...extra.map((name): Difference => ({ name, state: 'extra' }))];
}

/**
 * Writes the files that differ and deletes generated ones that are no longer wanted; files without the
 * generator's banner are left alone. Answers what was changed.
 */
export async function writeFiles(folder: string, files: Files): Promise<Difference[]> {
  await mkdir(folder, { recursive: true });
  const changed: Difference[] = [];
  for (const difference of await compareFiles(folder, files)) {
    const path = join(folder, difference.name);
    const content = files.get(difference.name);
    if (content !== undefined) await writeFile(path, content);
    else if ((await readIfThere(path))?.startsWith(BANNER_START)) await rm(path);
    else continue;
    changed.push(difference);
  }
  return changed;
}
