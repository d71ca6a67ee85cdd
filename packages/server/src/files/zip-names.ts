import { readBytes } from './read-bytes.ts';

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY = 4 * 1024 * 1024;

/**
 * The names in the central directory of a ZIP archive (APPNOTE section 4.3.12). Undefined for what is no archive, or
 * one with a directory of more than 4 MiB. Nothing is inflated: what entries claim to hold costs nothing.
 */
export async function zipNames(content: Blob): Promise<ReadonlySet<string> | undefined> {
  const head = await readBytes(content, 0, 4);
  if (head.length < 4 || head.readUInt32LE() !== LOCAL_HEADER) return undefined;
  const tailStart = Math.max(0, content.size - END_BYTES - MAX_COMMENT);
  const tail = await readBytes(content, tailStart, END_BYTES + MAX_COMMENT);
  const end = findEnd(tail);
  if (end === undefined) return undefined;
  const size = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  if (size > MAX_DIRECTORY || start + size > tailStart + end) return undefined;
  return readNames(await readBytes(content, start, size), tail.readUInt16LE(end + 10));
}

/** Where the end record is: the last one whose comment ends with the archive. */
function findEnd(tail: Buffer): number | undefined {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== DIRECTORY_END) continue;
    if (at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length) return at;
  }
  return undefined;
}

function readNames(directory: Buffer, count: number): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_BYTES > directory.length || directory.readUInt32LE(at) !== DIRECTORY_ENTRY)
      return undefined;
    const nameEnd = at + ENTRY_BYTES + directory.readUInt16LE(at + 28);
    names.add(directory.toString('utf8', at + ENTRY_BYTES, nameEnd));
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return names;
}
