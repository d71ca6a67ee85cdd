import { readBytes } from './read-bytes.ts';

/** What was found out of a text. */
export interface TextContent {
  readonly charset: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Its first 64 Ki characters, without a byte order mark. */
  readonly opening: string;
}

const MAX_OPENING = 64 * 1024;

/**
 * Reads content to its end as UTF-8, or as UTF-16 where it begins with that byte order mark. Undefined for what is no
 * such text, or has a NUL in it. No more than a piece of it is held.
 */
export async function readText(content: Blob): Promise<TextContent | undefined> {
  const charset = charsetOf(await readBytes(content, 0, 2));
  const decode = createDecoder(charset);
  let opening = '';
  for await (const bytes of content.stream()) {
    const text = decode(bytes);
    if (text === undefined || text.includes('\0')) return undefined;
    if (opening.length < MAX_OPENING) opening += text.slice(0, MAX_OPENING - opening.length);
  }
  return decode() === undefined ? undefined : { charset, opening };
}

function charsetOf([first, second]: Uint8Array): TextContent['charset'] {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** Decodes piece after piece, and the end when called without one; undefined for what breaks the charset. */
function createDecoder(charset: TextContent['charset']): (bytes?: Uint8Array) => string | undefined {
  const decoder = new TextDecoder(charset, { fatal: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      return undefined;
    }
  };
}
