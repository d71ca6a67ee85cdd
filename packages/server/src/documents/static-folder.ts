import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Types by extension; others are not served (RFC 9512 for YAML). */
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.yaml': 'application/yaml; charset=utf-8',
};

/** A file as it is answered. */
export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  /** The same, compressed once however often it is asked for. */
  gzipped(): Promise<Buffer>;
  /** Strong entity tag of `body`, in quotes (RFC 9110 section 8.8.3). */
  readonly etag: string;
}

export type Lookup =
  | { readonly kind: 'file'; readonly file: StaticFile }
  | { readonly kind: 'folder' }
  | { readonly kind: 'nothing' };

interface CacheEntry {
  readonly stamp: string;
  readonly file: StaticFile;
}

const compress = promisify(gzip);

function makeFile(type: string, body: Buffer): StaticFile {
  let compressed: Promise<Buffer> | undefined;
  return {
    type,
    body,
    gzipped() {
      compressed ??= compress(body);
      return compressed;
    },
    etag: `"${createHash('sha256').update(body).digest('base64url')}"`,
  };
}

/** The parts of a path below the folder; undefined for one that could lead elsewhere or to a hidden file. */
function partsOf(path: string): string[] | undefined {
  try {
    const parts = path.split('/').map(decodeURIComponent);
    const isSafe = parts.every((part) => !/^\.|[/\\\0]/.test(part));
    return isSafe ? parts : undefined;
  } catch {
    // A `%` that encodes nothing.
    return undefined;
  }
}

/** A failure of the file system is the same as a file that is not there: nothing to answer with. */
const orNothing = async <T>(promise: Promise<T>): Promise<T | undefined> => promise.catch(() => undefined);

/** How many bytes of files a folder keeps in memory, twice that with what is compressed. */
const MAX_CACHED_BYTES = 32 * 1024 * 1024;

/** Files below a folder, by URL paths. Nothing outside of it can be reached, also not through links. */
export interface StaticFolder {
  /** What is at a path relative to the folder, percent-encoded as in a URL; `''` is the folder itself. */
  find(path: string): Promise<Lookup>;
  /** Every file that can be answered, as paths with `/`, sorted. */
  list(): Promise<string[]>;
}

/** Opens a folder. It may be missing, and may come and change later. */
export function openStaticFolder(folder: string, maxCachedBytes = MAX_CACHED_BYTES): StaticFolder {
  const cache = new Map<string, CacheEntry>();
  let cachedBytes = 0;

  function forget(path: string): void {
    cachedBytes -= cache.get(path)?.file.body.length ?? 0;
    cache.delete(path);
  }

  function keep(path: string, entry: CacheEntry): void {
    forget(path);
    if (entry.file.body.length > maxCachedBytes) return;
    for (const oldest of cache.keys()) {
      if (cachedBytes + entry.file.body.length <= maxCachedBytes) break;
      forget(oldest);
    }
    cache.set(path, entry);
    cachedBytes += entry.file.body.length;
  }

  async function load(path: string, type: string, stamp: string): Promise<Lookup> {
    const found = cache.get(path);
    if (found?.stamp === stamp) return { kind: 'file', file: found.file };
    const body = await orNothing(readFile(path));
    if (!body) return { kind: 'nothing' };
    const file = makeFile(type, body);
    keep(path, { stamp, file });
    return { kind: 'file', file };
  }

  return {
    async find(path) {
      const parts = partsOf(path);
      const root = await orNothing(realpath(folder));
      if (!parts || root === undefined) return { kind: 'nothing' };
      const target = await orNothing(realpath(join(root, ...parts)));
      if (target === undefined || !(target + sep).startsWith(root + sep)) return { kind: 'nothing' };
      const stats = await orNothing(stat(target));
      if (stats?.isDirectory()) return { kind: 'folder' };
      const type = TYPES[extname(target)];
      if (!stats?.isFile() || type === undefined) return { kind: 'nothing' };
      return load(target, type, `${stats.size} ${stats.mtimeMs}`);
    },

    async list() {
      const entries = await orNothing(readdir(folder, { recursive: true, withFileTypes: true }));
      return (entries ?? [])
        .filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .filter((path) => partsOf(path) !== undefined)
        .sort();
    },
  };
}
