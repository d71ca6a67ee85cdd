import { randomBytes } from 'node:crypto';
import type { DiskFiles } from './disk-files.ts';
import { cleanName } from './file-name.ts';
import { type FileRecords, FileRefusedError, type FileStore, type StoredFile } from './file-store.ts';
import { judgeFile } from './judge-file.ts';

export interface FileStoreDeps {
  readonly records: FileRecords;
  readonly disk: DiskFiles;
  /** Bytes that all files of one tenant may have together. */
  readonly quota: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

// Longer than any upload takes between its first byte on the disk and its record.
const ORPHAN_AGE_MS = 3_600_000;
const SWEEP_STEP = 100;
const MIB = 1024 * 1024;

/** Bytes come before records and go after them: a crash leaves no record without bytes, and `sweep` finds the rest. */
export function createFileStore({ records, disk, quota, now }: FileStoreDeps): FileStore {
  const remove = ({ tenantId, id }: StoredFile): Promise<void> => disk.remove(tenantId, id);

  return {
    async add(tenantId, files) {
      const judged = [];
      for (const { name: given, content } of files) {
        const name = cleanName(given);
        judged.push({ name, content, ...(await judgeFile(name, content)) });
      }
      const stored: StoredFile[] = [];
      try {
        for (const { name, content, extension, mediaType } of judged) {
          const id = newFileId(extension);
          const written = await disk.write(tenantId, id, content);
          stored.push({ id, tenantId, name, mediaType, ...written, createdAt: now() });
        }
      } catch (error) {
        await Promise.all(stored.map(remove));
        throw error;
      }
      // When this throws, the records may yet be there: bytes without a record are left to the sweep.
      if (await records.add(tenantId, stored, quota)) return stored;
      await Promise.all(stored.map(remove));
      throw new FileRefusedError('quota_exceeded', `all files together may have ${quota / MIB} MB`);
    },

    get: (tenantId, fileId) => records.get(tenantId, fileId),

    open: ({ tenantId, id, mediaType }) => disk.open(tenantId, id, mediaType),

    async sweep(before, signal) {
      const forgotten = await forgetOlder({ records, disk, signal }, before);
      return forgotten + (await removeOrphans({ records, disk, signal }, now() - ORPHAN_AGE_MS));
    },
  };
}

/** Unguessable, and with the extension by which clients know what it is. */
const newFileId = (extension: string): string => `file_${randomBytes(16).toString('hex')}.${extension}`;

interface Sweep extends Pick<FileStoreDeps, 'records' | 'disk'> {
  readonly signal: AbortSignal | undefined;
}

async function forgetOlder({ records, disk, signal }: Sweep, before: number): Promise<number> {
  let count = 0;
  while (!signal?.aborted) {
    const old = await records.takeOlder(before, SWEEP_STEP);
    await Promise.all(old.map(({ tenantId, id }) => disk.remove(tenantId, id)));
    count += old.length;
    if (old.length < SWEEP_STEP) break;
  }
  return count;
}

/** Removes what an interrupted upload or sweep left behind. */
async function removeOrphans({ records, disk, signal }: Sweep, before: number): Promise<number> {
  let count = 0;
  for await (const found of disk.writtenBefore(before)) {
    if (signal?.aborted) break;
    const known = await records.known(found.map(({ id }) => id));
    const orphans = found.filter(({ id }) => !known.has(id));
    await Promise.all(orphans.map((orphan) => orphan.remove()));
    count += orphans.length;
  }
  return count;
}
