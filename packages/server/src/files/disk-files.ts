import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The bytes of files, as files below one folder. Ids are our own and safe as names. */
export interface DiskFiles {
  /** Writes all of it, so that it outlives a power failure; a failure in between leaves nothing under the id. */
  write(
    tenantId: string,
    id: string,
    content: Blob,
  ): Promise<{ readonly bytes: number; readonly digest: string }>;
  /** Undefined when it is not there. */
  open(tenantId: string, id: string, mediaType: string): Promise<Blob | undefined>;
  /** Removes it, if it is there. */
  remove(tenantId: string, id: string): Promise<void>;
  /** What was last written to before this time, whole or not, 100 at most at once. */
  writtenBefore(time: number): AsyncIterable<readonly DiskFile[]>;
}

export interface DiskFile {
  /** Its name: an id, or that of an upload under way. */
  readonly id: string;
  remove(): Promise<void>;
}

const STEP = 100;

/** Tenants' ids come from outside and need not be safe as names. */
const folderOf = (tenantId: string): string => createHash('sha256').update(tenantId).digest('hex');

export function createDiskFiles(root: string): DiskFiles {
  const pathOf = (tenantId: string, id: string): string => join(root, folderOf(tenantId), id);

  return {
    async write(tenantId, id, content) {
      const folder = join(root, folderOf(tenantId));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, id);
      const unfinished = `${path}.part`;
      try {
        const written = await writeAll(unfinished, content);
        await rename(unfinished, path);
        await syncFolder(folder);
        return written;
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    },

    async open(tenantId, id, type) {
      const path = pathOf(tenantId, id);
      return (await isThere(path)) ? openAsBlob(path, { type }) : undefined;
    },

    remove: (tenantId, id) => rm(pathOf(tenantId, id), { force: true }),

    async *writtenBefore(time) {
      for (const folder of await namesIn(root)) {
        const names = await namesIn(join(root, folder));
        for (let at = 0; at < names.length; at += STEP)
          yield await oldOf(join(root, folder), names.slice(at, at + STEP), time);
      }
    },
  };
}

async function writeAll(path: string, content: Blob) {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  try {
    let bytes = 0;
    for await (const chunk of content.stream()) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await file.appendFile(chunk);
    }
    await file.sync();
    return { bytes, digest: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/** A new name outlives a power failure when its folder was written. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function oldOf(folder: string, names: readonly string[], time: number): Promise<DiskFile[]> {
  const old: DiskFile[] = [];
  for (const id of names) {
    const path = join(folder, id);
    const found = await unlessMissing(stat(path));
    if (found === undefined || found.mtimeMs >= time) continue;
    old.push({ id, remove: () => rm(path, { force: true }) });
  }
  return old;
}

const isThere = async (path: string): Promise<boolean> => (await unlessMissing(stat(path))) !== undefined;

const namesIn = async (folder: string): Promise<string[]> => (await unlessMissing(readdir(folder))) ?? [];

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
