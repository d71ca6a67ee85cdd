import { deflateRawSync } from 'node:zlib';

/** Small files that are what their names say, made of bytes that a reader of the kind would look for. */

const bytes = (...values: readonly (number | string)[]): Buffer =>
  Buffer.concat(
    values.map((value) => (typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.of(value))),
  );

const atom = (brand: string): Buffer => bytes(0, 0, 0, 24, 'ftyp', brand, 0, 0, 2, 0, 'isom', 'mp42');

const ebml = (docType: string): Buffer =>
  Buffer.concat([
    Buffer.of(0x1a, 0x45, 0xdf, 0xa3, 0x80 + docType.length + 3, 0x42, 0x82, 0x80 + docType.length),
    Buffer.from(docType),
    Buffer.alloc(64),
  ]);

const riff = (form: string): Buffer => bytes('RIFF', 36, 0, 0, 0, form, 'fmt ', 16, 0, 0, 0, 'data');

const ogg = (codec: Buffer): Buffer =>
  Buffer.concat([Buffer.from('OggS'), Buffer.alloc(24), codec, Buffer.alloc(32)]);

/** The header object, and in it the properties of one stream of sound. */
const asf = (): Buffer =>
  Buffer.concat([
    Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex'),
    Buffer.from('46000000000000000100000001029107dcb7b7a9cf118ee600c00c205365', 'hex'),
    Buffer.from('2800000000000000409e69f84d5bcf11a8fd00805f5c442b', 'hex'),
  ]);

const png = (): Buffer =>
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );

/** An archive whose entries are deflated; `claimed` is what the headers say of their size. */
export function zip(names: readonly string[], claimed = 2): Buffer {
  const data = deflateRawSync('{}');
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const name of names) {
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(claimed, 18);
    shared.writeUInt16LE(name.length, 22);
    locals.push(bytes('PK', 3, 4), shared, Buffer.from(name), data);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(bytes('PK', 1, 2), Buffer.alloc(2), shared, place, Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(names.length, 4);
  end.writeUInt16LE(names.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, entries, bytes('PK', 5, 6), end]);
}

const office = (folder: string): Buffer =>
  zip(['[Content_Types].xml', '_rels/.rels', `${folder}document.xml`]);

/** A compound file: the header, one sector of the table of sectors, and the directory in the sectors after it. */
export function compound(names: readonly string[]): Buffer {
  const header = Buffer.alloc(512, 0xff);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header);
  header.writeUInt16LE(9, 30);
  header.writeUInt32LE(1, 48);
  header.writeUInt32LE(0, 76);
  const sectors = Math.ceil(names.length / 4);
  const table = Buffer.alloc(512, 0xff);
  for (let sector = 1; sector < sectors; sector++) table.writeUInt32LE(sector + 1, 4 * sector);
  table.writeUInt32LE(0xfffffffe, 4 * sectors);
  const directory = Buffer.alloc(512 * sectors);
  for (const [index, name] of names.entries()) {
    directory.write(name, 128 * index, 'utf16le');
    directory.writeUInt16LE(2 * name.length + 2, 128 * index + 64);
  }
  return Buffer.concat([header, table, directory]);
}

/** One of each kind that may be uploaded, by extension. */
export const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  jpg: bytes(0xff, 0xd8, 0xff, 0xe0, 0, 16, 'JFIF', 0),
  jpeg: bytes(0xff, 0xd8, 0xff, 0xe0, 0, 16, 'JFIF', 0),
  png: png(),
  bmp: bytes('BM', 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0),
  pdf: bytes('%PDF-1.7\n%%EOF\n'),
  doc: compound(['Root Entry', 'Data', '1Table', 'CompObj', 'WordDocument']),
  docx: office('word/'),
  ppt: compound(['Root Entry', 'PowerPoint Document']),
  pptx: office('ppt/'),
  xls: compound(['Root Entry', 'Workbook']),
  xlsx: office('xl/'),
  csv: Buffer.from('name;amount\nGrüße;17\n'),
  txt: Buffer.from('Invoice 17 is due on Friday.'),
  mp3: bytes(0xff, 0xfb, 0x90, 0x64, 0, 0),
  wav: riff('WAVE'),
  m4a: atom('M4A '),
  aac: bytes(0xff, 0xf1, 0x50, 0x80, 0, 0),
  flac: bytes('fLaC', 0, 0, 0, 34),
  ogg: ogg(bytes(1, 'vorbis')),
  opus: ogg(bytes('OpusHead')),
  amr: bytes('#!AMR\n', 4, 0),
  wma: asf(),
  srt: Buffer.from('1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n'),
  vtt: Buffer.from('WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n'),
  ass: Buffer.from('[Script Info]\nTitle: Hello\n'),
  ssa: Buffer.from('[Script Info]\nTitle: Hello\n'),
  mp4: atom('isom'),
  m4v: atom('M4V '),
  mov: atom('qt  '),
  '3gp': atom('3gp4'),
  mkv: ebml('matroska'),
  webm: ebml('webm'),
  avi: riff('AVI '),
  wmv: asf(),
  flv: bytes('FLV', 1, 5, 0, 0, 0, 9),
  mpg: bytes(0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 1, 0x89, 0xc3, 0xf8),
  mpeg: bytes(0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 1, 0x89, 0xc3, 0xf8),
};
