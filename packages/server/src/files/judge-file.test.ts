import { openAsBlob } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FileRefusedError } from './file-store.ts';
import { judgeFile } from './judge-file.ts';
import { compound, SAMPLES, zip } from './testing/samples.ts';

const MIB = 1024 * 1024;

const judge = (name: string, content: Uint8Array | string) => judgeFile(name, new Blob([content]));

/** A file on the disk that begins so and is so long, with nothing but a hole behind its beginning. */
async function sparse(head: Uint8Array, size: number): Promise<Blob> {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-sparse-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  const file = await open(path, 'w');
  await file.write(head);
  await file.truncate(size);
  await file.close();
  return openAsBlob(path);
}

describe('each kind that is allowed is taken', () => {
  test.each(Object.entries(SAMPLES))('%s', async (extension, content) => {
    expect(await judge(`sample.${extension}`, content)).toMatchObject({ extension });
    expect(await judge(`SAMPLE.${extension.toUpperCase()}`, content)).toMatchObject({ extension });
  });
});

describe('a file of which the name says one kind and the bytes another is refused', () => {
  // Names of the same kind, and containers that hold either.
  const ALIKE = [
    ['jpg', 'jpeg'],
    ['mp4', 'm4v', 'mov', '3gp', 'm4a'],
    ['mkv', 'webm'],
    ['ogg', 'opus'],
    ['wma', 'wmv'],
    ['mpg', 'mpeg'],
    ['ass', 'ssa'],
  ];
  const isText = (extension: string) => ['csv', 'txt', 'srt', 'vtt', 'ass', 'ssa'].includes(extension);

  test.each(Object.keys(SAMPLES))('%s', async (named) => {
    for (const [sampled, content] of Object.entries(SAMPLES)) {
      const isAlike = ALIKE.some((group) => group.includes(named) && group.includes(sampled));
      const isPlain = named === 'txt' || named === 'csv';
      if (named === sampled || isAlike || (isPlain && isText(sampled))) continue;
      const wanted = { kind: 'content_mismatch', message: expect.stringContaining(`x.${named}`) };
      await expect(judge(`x.${named}`, content), sampled).rejects.toMatchObject(wanted);
    }
  });

  test('an archive of another program, and one whose directory is cut off or lies', async () => {
    const document = Buffer.from(SAMPLES.docx ?? []);
    const lying = Buffer.from(document);
    lying.writeUInt16LE(9, lying.length - 12);
    for (const content of [
      zip(['word/document.xml']),
      zip(['[Content_Types].xml', 'other/word/document.xml']),
      document.subarray(0, -1),
      lying,
      Buffer.concat([Buffer.from('#!/bin/sh\n'), document]),
    ]) {
      await expect(judge('x.docx', content)).rejects.toMatchObject({ kind: 'content_mismatch' });
    }
  });

  test('a compound file of another program', async () => {
    const installer = compound(['Root Entry', 'Property', 'File']);
    for (const name of ['x.doc', 'x.xls', 'x.ppt'])
      await expect(judge(name, installer)).rejects.toMatchObject({ kind: 'content_mismatch' });
  });

  test('text with a NUL, in no charset, or cut in the middle of a character', async () => {
    for (const content of [
      'a\0b',
      Buffer.of(0x61, 0xff),
      Buffer.from('ü').subarray(0, 1),
      Buffer.of(0xff, 0xfe, 0x61),
    ])
      await expect(judge('x.txt', content)).rejects.toMatchObject({ kind: 'content_mismatch' });
  });
});

test('text is in UTF-8, or in UTF-16 that begins with its mark', async () => {
  const little = Buffer.from('\ufeffGrüße', 'utf16le');
  expect(await judge('x.txt', 'Grüße')).toMatchObject({ mediaType: 'text/plain; charset=utf-8' });
  expect(await judge('x.csv', '\ufeffa;b')).toMatchObject({ mediaType: 'text/csv; charset=utf-8' });
  expect(await judge('x.txt', little)).toMatchObject({ mediaType: 'text/plain; charset=utf-16le' });
  const big = Buffer.from(little).swap16();
  expect(await judge('x.txt', big)).toMatchObject({ mediaType: 'text/plain; charset=utf-16be' });
});

test('a picture that stands before the sound of an mp3 does not hide what it is', async () => {
  const tag = Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 8, 0, 0]);
  const content = Buffer.concat([tag, Buffer.alloc(131_072), SAMPLES.mp3 ?? Buffer.alloc(0)]);
  expect(await judge('x.mp3', content)).toMatchObject({ mediaType: 'audio/mpeg' });
});

test('names without an extension, and with one that is not allowed, are refused', async () => {
  for (const name of [
    '',
    'invoice',
    'invoice.exe',
    'x.html',
    'x.svg',
    'x.pdf.exe',
    'x.pdf ',
    'x.',
    '.pdf/..',
  ])
    await expect(judge(name, SAMPLES.pdf ?? '')).rejects.toMatchObject({ kind: 'kind_not_allowed' });
});

test('empty files are refused', async () => {
  for (const extension of Object.keys(SAMPLES))
    await expect(judge(`x.${extension}`, '')).rejects.toMatchObject({ kind: 'empty' });
});

test('videos may have 500 MB and everything else 50 MB', async () => {
  const { mp4, pdf } = SAMPLES;
  if (!mp4 || !pdf) throw new Error('no samples');
  expect(await judgeFile('x.mp4', await sparse(mp4, 500 * MIB))).toMatchObject({ extension: 'mp4' });
  expect(await judgeFile('x.pdf', await sparse(pdf, 50 * MIB))).toMatchObject({ extension: 'pdf' });
  for (const [name, head, size] of [
    ['x.mp4', mp4, 500 * MIB + 1],
    ['x.pdf', pdf, 50 * MIB + 1],
    ['x.wma', mp4, 50 * MIB + 1],
  ] as const) {
    await expect(judgeFile(name, await sparse(head, size))).rejects.toMatchObject({ kind: 'too_large' });
  }
});

test('large files on the disk are judged by the places that count', async () => {
  const text = await sparse(Buffer.from('a'), 40 * MIB);
  await expect(judgeFile('x.txt', text)).rejects.toMatchObject({ kind: 'content_mismatch' });
  const archive = await sparse(SAMPLES.docx ?? Buffer.alloc(0), 40 * MIB);
  await expect(judgeFile('x.docx', archive)).rejects.toMatchObject({ kind: 'content_mismatch' });
});

test('whatever the bytes are, a file is taken or refused', async () => {
  const extension = fc.constantFrom(...Object.keys(SAMPLES));
  const noise = fc.uint8Array({ maxLength: 600 });
  // Half of them begin as a file of some kind does, so that its reader goes on.
  const content = fc.oneof(
    noise,
    fc
      .tuple(fc.constantFrom(...Object.values(SAMPLES)), fc.nat(600), noise)
      .map(([sample, at, rest]) => Buffer.concat([sample.subarray(0, at), rest, sample.subarray(at)])),
  );
  await fc.assert(
    fc.asyncProperty(extension, content, async (named, data) => {
      const outcome: unknown = await judge(`x.${named}`, data).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(FileRefusedError);
    }),
    { numRuns: 1_000 },
  );
});
