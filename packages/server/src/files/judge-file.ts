import { fileTypeFromBuffer } from 'file-type';
import { compoundNames } from './compound-names.ts';
import { FileRefusedError } from './file-store.ts';
import { type Evidence, type FileKind, kindOf } from './kinds.ts';
import { readBytes } from './read-bytes.ts';
import { readText } from './text-content.ts';
import { zipNames } from './zip-names.ts';

/** What a file is, as its bytes bear out. */
export interface FileVerdict {
  readonly extension: string;
  /** With the charset of text. */
  readonly mediaType: string;
}

// Enough for every signature; a tag with a picture may stand before that of an mp3, which is known by the tag.
const HEAD_BYTES = 64 * 1024;
const MIB = 1024 * 1024;

/**
 * Judges a file by its name, its size and its bytes. Throws FileRefusedError. Only text is read to its end; of
 * everything else the beginning or the directory is.
 */
export async function judgeFile(name: string, content: Blob): Promise<FileVerdict> {
  const kind = kindOf(name);
  if (kind === undefined) throw notAllowed(name);
  if (content.size === 0) throw new FileRefusedError('empty', `${name} is empty`);
  if (content.size > kind.maxBytes) {
    const limit = `${kind.maxBytes / MIB} MB`;
    throw new FileRefusedError('too_large', `${name} is larger than ${limit}, the most for ${kind.category}`);
  }
  return { extension: kind.extension, mediaType: await provenType(name, kind, content) };
}

async function provenType(name: string, { evidence, ...kind }: FileKind, content: Blob): Promise<string> {
  if (evidence.by === 'text') {
    const text = await readText(content);
    if (text === undefined) throw mismatch(name, 'its content is no text in UTF-8 or UTF-16');
    if (evidence.opening.test(text.opening)) return `${kind.mediaType}; charset=${text.charset}`;
  } else if (await isBorneOut(evidence, content)) {
    return kind.mediaType;
  }
  throw mismatch(name, `its content is not that of a ${kind.extension} file`);
}

async function isBorneOut(evidence: Exclude<Evidence, { by: 'text' }>, content: Blob): Promise<boolean> {
  switch (evidence.by) {
    case 'signature': {
      const found = await fileTypeFromBuffer(await readBytes(content, 0, HEAD_BYTES));
      return found !== undefined && evidence.formats.includes(found.ext);
    }
    case 'package': {
      const names = [...((await zipNames(content)) ?? [])];
      return names.includes('[Content_Types].xml') && names.some((part) => part.startsWith(evidence.folder));
    }
    case 'compound': {
      const names = await compoundNames(content);
      return names !== undefined && evidence.streams.some((stream) => names.has(stream));
    }
  }
}

const notAllowed = (name: string): FileRefusedError =>
  new FileRefusedError(
    'kind_not_allowed',
    name === '' ? 'a file has no name' : `${name} is of a kind that is not allowed`,
  );

const mismatch = (name: string, fault: string): FileRefusedError =>
  new FileRefusedError('content_mismatch', `${name} cannot be taken: ${fault}`);
