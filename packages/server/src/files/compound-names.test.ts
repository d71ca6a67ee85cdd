import { expect, test } from 'vitest';
import { compoundNames } from './compound-names.ts';
import { compound } from './testing/samples.ts';

const SECTOR = 512;
const namesOf = (...parts: readonly Uint8Array[]) => compoundNames(new Blob([...parts]));

function writeName(file: Buffer, sector: number, name: string): void {
  const at = (sector + 1) * SECTOR;
  file.write(name, at, 'utf16le');
  file.writeUInt16LE(2 * name.length + 2, at + 64);
}

test('all names of a directory of several sectors are read', async () => {
  const names = Array.from({ length: 9 }, (_, index) => `Stream ${index}`);
  expect(await namesOf(compound(names))).toEqual(new Set(names));
});

test('a directory is followed where the header no longer names the table of sectors', async () => {
  // Sector 14,000 stands in the 110th part of the table, which only the chain that begins in sector 1 names.
  const file = Buffer.alloc(14_003 * SECTOR);
  compound([]).copy(file, 0, 0, SECTOR);
  file.writeUInt32LE(14_000, 48);
  file.writeUInt32LE(1, 68);
  file.writeUInt32LE(2, 2 * SECTOR);
  file.writeUInt32LE(14_001, 3 * SECTOR + 4 * (14_000 % 128));
  file.writeUInt32LE(0xfffffffe, 3 * SECTOR + 4 * (14_001 % 128));
  writeName(file, 14_000, 'Root Entry');
  writeName(file, 14_001, 'WordDocument');
  expect(await namesOf(file)).toEqual(new Set(['Root Entry', 'WordDocument']));
});

test('chains that go round come to an end', async () => {
  const file = compound(['Root Entry', 'a', 'b', 'c', 'd']);
  file.writeUInt32LE(1, SECTOR + 4 * 2);
  expect(await namesOf(file)).toEqual(new Set(['Root Entry', 'a', 'b', 'c', 'd']));
});

test('what is cut off anywhere tells no more than is there', async () => {
  const file = compound(['Root Entry', 'a', 'b', 'c', 'WordDocument']);
  for (let length = 0; length < file.length; length += 97)
    expect((await namesOf(file.subarray(0, length)))?.has('WordDocument') ?? false).toBe(
      length >= 3 * SECTOR + 128,
    );
});
