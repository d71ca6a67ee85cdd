import { ProblemError } from '../problem.ts';

/** A piece of a multipart body. Each part is its headers, any number of pieces of data, and its end. */
export type MultipartToken =
  | { readonly type: 'part'; readonly headers: ReadonlyMap<string, string> }
  | { readonly type: 'data'; readonly bytes: Buffer }
  | { readonly type: 'end' };

const NOTHING = Buffer.alloc(0);
const LINE_BREAK = '\r\n';
const HYPHEN = 0x2d;
const CARRIAGE_RETURN = 0x0d;
const MAX_HEADER_BYTES = 16 * 1024;
// RFC 2046 section 5.1.1 allows 70 characters; some clients send more.
const MAX_BOUNDARY = 200;
const MAX_PADDING = 256;

const END: MultipartToken = { type: 'end' };

const malformed = (message: string): ProblemError => new ProblemError('malformed_body', message);

/**
 * Takes a multipart body apart (RFC 2046 section 5.1), whatever the pieces in which it comes. It holds on to
 * no more than the headers of one part or the beginning of what may be a boundary.
 *
 * Of our own because the parsers at hand keep headers of any length and refuse those with digits in their
 * names, such as Content-MD5.
 */
export class MultipartParser {
  readonly #delimiter: Buffer;
  /** What was not told yet. The first boundary needs no line break before it; this is one. */
  #rest: Buffer = Buffer.from(LINE_BREAK);
  #state: 'preamble' | 'delimiter' | 'headers' | 'data' | 'epilogue' = 'preamble';

  /** @throws ProblemError `malformed_body` without a boundary, or for one that is too long. */
  constructor(boundary: string | undefined) {
    if (boundary === undefined || boundary === '' || boundary.length > MAX_BOUNDARY) {
      throw malformed('The Content-Type of the body needs a boundary of 1 to 200 characters.');
    }
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  /** Tells what a chunk brings; its data are parts of the chunk. @throws ProblemError `malformed_body` */
  *push(chunk: Buffer): Generator<MultipartToken, void, undefined> {
    let buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = NOTHING;
    while (buffer.length > 0 && this.#state !== 'epilogue') {
      const before = buffer.length;
      const state = this.#state;
      if (state === 'preamble' || state === 'data') {
        const { bytes, isWhole, after } = this.#splitData(buffer);
        if (state === 'data' && bytes.length > 0) yield { type: 'data', bytes };
        if (state === 'data' && isWhole) yield END;
        buffer = after;
      } else if (state === 'delimiter') {
        buffer = this.#readDelimiter(buffer);
      } else {
        const end = buffer.indexOf('\r\n\r\n');
        if ((end < 0 ? buffer.length : end) > MAX_HEADER_BYTES) {
          throw malformed(`The headers of a part are longer than ${MAX_HEADER_BYTES} bytes.`);
        }
        if (end >= 0) {
          this.#state = 'data';
          yield { type: 'part', headers: parseHeaders(buffer.toString('utf8', 0, end)) };
          buffer = buffer.subarray(end + 4);
        }
      }
      // Nothing to go on without the next chunk.
      if (this.#state === state && buffer.length === before) break;
    }
    if (this.#state !== 'epilogue') this.#rest = buffer;
  }

  /** To be called when the body is over. @throws ProblemError `malformed_body` when its last boundary is missing. */
  finish(): void {
    if (this.#state !== 'epilogue') throw malformed('The body ends before its last boundary.');
  }

  /** The data before the next boundary. Without one, `after` is what may be its beginning. */
  #splitData(buffer: Buffer): { bytes: Buffer; isWhole: boolean; after: Buffer } {
    const at = buffer.indexOf(this.#delimiter);
    if (at >= 0) {
      this.#state = 'delimiter';
      const after = buffer.subarray(at + this.#delimiter.length);
      return { bytes: buffer.subarray(0, at), isWhole: true, after };
    }
    const tail = buffer.indexOf(CARRIAGE_RETURN, Math.max(0, buffer.length - this.#delimiter.length + 1));
    const end = tail < 0 ? buffer.length : tail;
    return { bytes: buffer.subarray(0, end), isWhole: false, after: buffer.subarray(end) };
  }

  /** What follows a boundary: two hyphens after the last one, else the line break before headers. */
  #readDelimiter(buffer: Buffer): Buffer {
    if (buffer.length < 2) return buffer;
    if (buffer[0] === HYPHEN && buffer[1] === HYPHEN) {
      this.#state = 'epilogue';
      return NOTHING;
    }
    const end = buffer.indexOf(LINE_BREAK);
    const padding = buffer.toString('latin1', 0, end < 0 ? buffer.length : end);
    // A carriage return may be the first half of the line break.
    if (padding.length > MAX_PADDING || !/^[ \t]*\r?$/.test(padding)) {
      throw malformed('A boundary of the body is followed by something else than a line break.');
    }
    if (end < 0) return buffer;
    this.#state = 'headers';
    return buffer.subarray(end);
  }
}

const parseHeaders = (block: string): Map<string, string> => {
  const headers = new Map<string, string>();
  for (const line of block.split(LINE_BREAK)) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon < 1) throw malformed('A part of the body has a header without a name.');
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
};
