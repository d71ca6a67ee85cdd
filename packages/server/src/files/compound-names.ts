import { readBytes } from './read-bytes.ts';

const MAGIC = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const HEADER_BYTES = 512;
const ENTRY_BYTES = 128;
const NAME_LENGTH_AT = 64;
/** How many sectors of the table of sectors the header itself names. */
const FAT_IN_HEADER = 109;
const LAST_SECTOR = 0xfffffffa;
const MAX_DIRECTORY_SECTORS = 256;
// Enough for files of 60 MiB.
const MAX_DIFAT_SECTORS = 8;

/**
 * The names of the streams and storages in a compound file ([MS-CFB] section 2.6), such as those of Office before 2007;
 * undefined for what is none. It reads 256 sectors of the directory at most, and as much of the tables as leads there.
 */
export async function compoundNames(content: Blob): Promise<ReadonlySet<string> | undefined> {
  const header = await readBytes(content, 0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || !header.subarray(0, 8).equals(MAGIC)) return undefined;
  const shift = header.readUInt16LE(30);
  if (shift !== 9 && shift !== 12) return undefined;
  const file = { content, header, sectorBytes: 2 ** shift };
  const names = new Set<string>();
  let sector: number | undefined = header.readUInt32LE(48);
  for (
    let count = 0;
    sector !== undefined && sector < LAST_SECTOR && count < MAX_DIRECTORY_SECTORS;
    count++
  ) {
    for (const name of entryNames(await readSector(file, sector))) names.add(name);
    sector = await nextSector(file, sector);
  }
  return names;
}

interface CompoundFile {
  readonly content: Blob;
  readonly header: Buffer;
  readonly sectorBytes: number;
}

/** Shorter, even empty, when the content ends before it. */
const readSector = ({ content, sectorBytes }: CompoundFile, sector: number): Promise<Buffer> =>
  readBytes(content, (sector + 1) * sectorBytes, sectorBytes);

function* entryNames(sector: Buffer): Generator<string> {
  for (let at = 0; at + ENTRY_BYTES <= sector.length; at += ENTRY_BYTES) {
    // Bytes with the NUL at the end; 0 for an entry that is not used.
    const bytes = sector.readUInt16LE(at + NAME_LENGTH_AT);
    if (bytes >= 2 && bytes <= NAME_LENGTH_AT) yield sector.toString('utf16le', at, at + bytes - 2);
  }
}

/** The sector that follows in its chain, by the table of sectors; undefined where the table is cut off. */
async function nextSector(file: CompoundFile, sector: number): Promise<number | undefined> {
  const perSector = file.sectorBytes / 4;
  const table = await fatSector(file, Math.floor(sector / perSector));
  if (table === undefined || table >= LAST_SECTOR) return undefined;
  return numberAt(await readSector(file, table), sector % perSector);
}

/** Where a part of the table of sectors is: the header names the first parts, a chain of sectors the others. */
async function fatSector(file: CompoundFile, index: number): Promise<number | undefined> {
  if (index < FAT_IN_HEADER) return file.header.readUInt32LE(76 + 4 * index);
  const named = file.sectorBytes / 4 - 1;
  let left = index - FAT_IN_HEADER;
  let sector: number | undefined = file.header.readUInt32LE(68);
  for (let count = 0; sector !== undefined && sector < LAST_SECTOR && count < MAX_DIFAT_SECTORS; count++) {
    const part = await readSector(file, sector);
    if (left < named) return numberAt(part, left);
    left -= named;
    sector = numberAt(part, named);
  }
  return undefined;
}

const numberAt = (sector: Buffer, index: number): number | undefined =>
  4 * index + 4 <= sector.length ? sector.readUInt32LE(4 * index) : undefined;
