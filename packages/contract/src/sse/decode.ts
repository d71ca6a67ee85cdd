const LF = 10;
const CR = 13;
const SPACE = 32;
const BYTE_ORDER_MARK = 0xfeff;
const DEFAULT_MAX_EVENT_BYTES = 1 << 20;
const STREAMING = { stream: true } as const;

/** One dispatched event of an event stream. */
export interface ServerSentEvent {
  /** The stream's last event id so far, '' after a reset; undefined while the stream has set none. */
  readonly id: string | undefined;
  /** `message` unless the stream names another. */
  readonly event: string;
  readonly data: string;
}

export interface EventDecoderOptions {
  readonly onEvent: (event: ServerSentEvent) => void;
  /** Told of each `retry` field: the time in milliseconds to wait before a reconnect. */
  readonly onRetry?: (milliseconds: number) => void;
  /** How much of an unfinished event may be held. Default: 1 MiB. */
  readonly maxEventBytes?: number;
}

export interface EventDecoder {
  /** The id of the last finished block, with data or without: what `Last-Event-ID` should say. */
  readonly lastEventId: string | undefined;
  /** Reads the next slice of the stream, cut anywhere. Throws SseOverflowError; the decoder is of no use then. */
  push(bytes: Uint8Array): void;
}

/** An event grew past `maxEventBytes` before it ended. */
export class SseOverflowError extends Error {
  override readonly name = 'SseOverflowError';
  constructor(maxEventBytes: number) {
    super(`an event of the stream is longer than ${maxEventBytes} bytes`);
  }
}

/**
 * Decodes an event stream (WHATWG HTML section 9.2.6) from bytes, without I/O. Events come out as soon
 * as their last line ends, also when that is a bare CR. An event that the stream does not finish is
 * discarded with the decoder.
 */
export function createEventDecoder(options: EventDecoderOptions): EventDecoder {
  const { onEvent, onRetry, maxEventBytes = DEFAULT_MAX_EVENT_BYTES } = options;

  // Only whole lines are decoded: a line end is never part of a longer UTF-8 sequence, so no decoder
  // state passes from one slice to the next. Node 20 then reads ASCII at 3.5 times the speed of its
  // streaming mode, but other text at 0.7 times; so that mode is on from the first such text.
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let decodeOptions: typeof STREAMING | undefined;
  // The bytes of a line whose end has not come, copied into one buffer that doubles: a long line in
  // small slices costs O(n), and the network's chunks are not kept alive.
  let carry = new Uint8Array(0);
  let carried = 0;
  let isFirstLine = true;
  // The last line ended in CR: an LF that follows at once belongs to it.
  let endedInCr = false;

  let idBuffer: string | undefined;
  let lastEventId: string | undefined;
  let eventType = '';
  let data = '';
  let hasData = false;

  function push(bytes: Uint8Array): void {
    const end = afterLastLineEnd(bytes);
    let start = 0;
    if (end > 0 && carried > 0) {
      start = afterFirstLineEnd(bytes);
      hold(bytes.subarray(0, start));
      const line = carry.subarray(0, carried);
      carried = 0;
      readLines(line);
    }
    if (endedInCr && carried === 0 && bytes[start] === LF) {
      start++;
      endedInCr = false;
    }
    if (start < end) readLines(bytes.subarray(start, end));
    if (end < bytes.length) hold(bytes.subarray(end));
  }

  function hold(bytes: Uint8Array): void {
    const length = carried + bytes.length;
    if (length + data.length > maxEventBytes) throw new SseOverflowError(maxEventBytes);
    if (length > carry.length) {
      const larger = new Uint8Array(Math.max(length, 2 * carry.length, 1024));
      larger.set(carry.subarray(0, carried));
      carry = larger;
    }
    carry.set(bytes, carried);
    carried = length;
  }

  /** Reads bytes that end with a line end. */
  function readLines(bytes: Uint8Array): void {
    const decoded = utf8.decode(bytes, decodeOptions);
    if (decoded.length !== bytes.length) decodeOptions = STREAMING;
    const text = isFirstLine && decoded.charCodeAt(0) === BYTE_ORDER_MARK ? decoded.slice(1) : decoded;
    isFirstLine = false;
    if (text.includes('\r')) readMixedLines(text);
    else readLfLines(text);
    endedInCr = text.charCodeAt(text.length - 1) === CR;
    if (data.length > maxEventBytes) throw new SseOverflowError(maxEventBytes);
  }

  function readLfLines(text: string): void {
    let start = 0;
    while (start < text.length) {
      const end = text.indexOf('\n', start);
      // An event of one `data` line, as nearly all are, never touches the data buffer.
      if (!hasData && isDataField(text, start) && text.charCodeAt(end + 1) === LF) {
        dispatch(text.slice(valueStart(text, start + 5), end));
        start = end + 2;
        continue;
      }
      readLine(text, start, end);
      start = end + 1;
    }
  }

  function readMixedLines(text: string): void {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== LF && code !== CR) continue;
      readLine(text, start, at);
      if (code === CR && text.charCodeAt(at + 1) === LF) at++;
      start = at + 1;
    }
  }

  function readLine(text: string, start: number, end: number): void {
    if (start === end) endBlock();
    else if (isDataField(text, start)) addData(text.slice(valueStart(text, start + 5), end));
    else if (isIdField(text, start)) setId(text.slice(valueStart(text, start + 3), end));
    else readRareLine(text.slice(start, end));
  }

  /** Any line. One that begins with a colon is a comment: its field name is empty, which is no field's. */
  function readRareLine(line: string): void {
    const colon = line.indexOf(':');
    if (colon === -1) setField(line, '');
    else setField(line.slice(0, colon), line.slice(valueStart(line, colon + 1)));
  }

  function setField(name: string, value: string): void {
    if (name === 'event') eventType = value;
    else if (name === 'data') addData(value);
    else if (name === 'id') setId(value);
    else if (name === 'retry' && /^[0-9]+$/.test(value)) onRetry?.(Number(value));
  }

  function addData(value: string): void {
    data = hasData ? `${data}\n${value}` : value;
    hasData = true;
  }

  function setId(value: string): void {
    if (!value.includes('\0')) idBuffer = value;
  }

  function endBlock(): void {
    if (hasData) {
      dispatch(data);
    } else {
      lastEventId = idBuffer;
      eventType = '';
    }
  }

  function dispatch(value: string): void {
    const event = eventType === '' ? 'message' : eventType;
    lastEventId = idBuffer;
    eventType = '';
    data = '';
    hasData = false;
    onEvent({ id: lastEventId, event, data: value });
  }

  return {
    get lastEventId() {
      return lastEventId;
    },
    push,
  };
}

/** The index behind the last line end, 0 if there is none. From the end, for that is the shorter way. */
function afterLastLineEnd(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] !== LF && bytes[end - 1] !== CR) end--;
  return end;
}

/** The index behind the first line end, of bytes that have one. */
function afterFirstLineEnd(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] !== LF && bytes[at] !== CR) at++;
  return at + 1;
}

/** Where a field's value starts: one space behind the colon is not part of it. */
function valueStart(text: string, afterColon: number): number {
  return text.charCodeAt(afterColon) === SPACE ? afterColon + 1 : afterColon;
}

// By character code: about a fifth faster than startsWith(), on the hottest line there is.
function isDataField(text: string, at: number): boolean {
  return (
    text.charCodeAt(at) === 100 &&
    text.charCodeAt(at + 1) === 97 &&
    text.charCodeAt(at + 2) === 116 &&
    text.charCodeAt(at + 3) === 97 &&
    text.charCodeAt(at + 4) === 58
  );
}

function isIdField(text: string, at: number): boolean {
  return text.charCodeAt(at) === 105 && text.charCodeAt(at + 1) === 100 && text.charCodeAt(at + 2) === 58;
}
