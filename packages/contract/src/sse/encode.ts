/** One server-sent event to be written. */
export interface EventFields {
  /** What a client sends back as Last-Event-ID. */
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
  /** Milliseconds that the client waits before it connects again. */
  readonly retry?: number;
}

const LINE_END = /\r\n|\r|\n/;
const BREAKS_FIELD = /[\r\n]/;

// One space is always written after the colon: the reader takes one away, so a value keeps its own.
const lines = (prefix: string, text: string): string =>
  text.includes('\n') || text.includes('\r')
    ? text
        .split(LINE_END)
        .map((line) => `${prefix} ${line}\n`)
        .join('')
    : `${prefix} ${text}\n`;

const retryLine = (retry: number): string => {
  if (!Number.isSafeInteger(retry) || retry < 0) {
    throw new TypeError(`retry must be a whole number of milliseconds, not ${retry}`);
  }
  return `retry: ${retry}\n`;
};

/**
 * Writes one event (WHATWG HTML section 9.2.5, "Parsing an event stream"). Every line of `data`
 * becomes a `data` line, so CR and CRLF are read back as LF.
 *
 * @throws TypeError for an `id` with NUL, CR or LF, an `event` with CR or LF, or a `retry` that is not
 * a whole number: each would be read as something else, or as a forged event.
 */
export const encodeEvent = ({ id, event, data, retry }: EventFields): string => {
  let text = '';
  if (id !== undefined) {
    if (BREAKS_FIELD.test(id) || id.includes('\0'))
      throw new TypeError('an event id has NUL, CR or LF in it');
    text += `id: ${id}\n`;
  }
  if (event !== undefined) {
    if (BREAKS_FIELD.test(event)) throw new TypeError('an event name has CR or LF in it');
    text += `event: ${event}\n`;
  }
  if (retry !== undefined) text += retryLine(retry);
  return `${text + lines('data:', data)}\n`;
};

/** Writes a comment, which readers ignore; an empty one keeps a connection alive. */
export const encodeComment = (text = ''): string => (text === '' ? ':\n\n' : `${lines(':', text)}\n`);

/**
 * Sets the milliseconds that the client waits before it connects again, without an event.
 *
 * @throws TypeError unless `retry` is a whole number.
 */
export const encodeRetry = (retry: number): string => `${retryLine(retry)}\n`;
