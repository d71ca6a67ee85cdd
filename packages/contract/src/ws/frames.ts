/** A frame that no document allows: it is not text, too long, or not JSON. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly reason: 'binary' | 'too_long' | 'not_json';

  constructor(reason: FrameError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Reads the JSON of one text frame (RFC 6455 section 5.6). `data` is what a WebSocket gave.
 *
 * @throws FrameError for bytes, for more than `maxChars` UTF-16 code units, and for what is not JSON.
 */
export function decodeFrame(data: unknown, maxChars: number): unknown {
  if (typeof data !== 'string') throw new FrameError('binary', 'a frame is not text');
  if (data.length > maxChars) {
    throw new FrameError('too_long', `a message is longer than ${maxChars} characters`);
  }
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new FrameError('not_json', 'a message is not JSON', { cause });
  }
}

/**
 * Writes a message as the text of one frame.
 *
 * @throws TypeError for what JSON has no words for: undefined, a function, a cycle, a bigint.
 */
export function encodeFrame(message: unknown): string {
  // The type of stringify() leaves out that it answers undefined for undefined and functions.
  const text: string | undefined = JSON.stringify(message);
  if (text === undefined) throw new TypeError('a message is no JSON value');
  return text;
}

/** How many bytes a text has in UTF-8, without writing them. A lone surrogate counts as U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) continue;
    if (code < 0x800) bytes += 1;
    else if (isPair(code, text.charCodeAt(at + 1))) {
      bytes += 2;
      at++;
    } else bytes += 2;
  }
  return bytes;
}

const isPair = (high: number, low: number): boolean =>
  high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
