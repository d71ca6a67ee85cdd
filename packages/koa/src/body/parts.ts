import type { PartFormat } from '@flowwire/contract';
import { essenceOf } from '../media-type.ts';
import { ProblemError } from '../problem.ts';
import { type Disposition, parseDisposition } from './disposition.ts';
import { type Fields, formatOf, pointerTo } from './fields.ts';
import type { MultipartToken } from './multipart.ts';
import { tooLarge } from './source.ts';
import { BlobWriter, type Spool } from './spool.ts';
import { decodeUtf8, hasOtherCharset } from './text.ts';

/** Takes the bytes of one part. */
interface PartReader {
  write(bytes: Buffer): void | Promise<void>;
  finish(): void | Promise<void>;
  /** Lets go of a part without its end. */
  abandon?(): Promise<void>;
}

const UNREAD: PartReader = { write() {}, finish() {} };

const JSON_TYPES = /^(?:(?:application|text)\/(?:[\w.+-]+\+)?json|text\/plain)$/;

/** What is wrong with the media type of a part, as the end of a sentence; undefined when nothing is. */
const typeFault = (format: PartFormat | undefined, sent: string | undefined): string | undefined => {
  if (format === undefined || (sent === undefined && format.kind !== 'binary')) return undefined;
  const type = essenceOf(sent ?? 'application/octet-stream');
  if (format.kind !== 'binary' && hasOtherCharset(sent ?? '')) return 'must have the charset utf-8';
  // Forms of browsers, and curl, send JSON as plain text.
  if (format.kind === 'json')
    return JSON_TYPES.test(type) ? undefined : 'must have the type application/json';
  if (format.kind === 'text' || format.contentType === undefined) return undefined;
  return type === essenceOf(format.contentType) ? undefined : `must have the type ${format.contentType}`;
};

/** Reads the parts of a multipart body into fields. */
export class PartsReader {
  readonly #formats: Readonly<Record<string, PartFormat>>;
  readonly #fields: Fields;
  readonly #spool: Spool;
  readonly #textLimit: number;
  /** Bytes of all parts that are held as text. */
  #held = 0;
  #current: PartReader = UNREAD;
  /** Of the part that came last. */
  #name: string | undefined;

  constructor(
    formats: Readonly<Record<string, PartFormat>>,
    fields: Fields,
    spool: Spool,
    /** Bytes of all parts together that are no files. */
    textLimit: number,
  ) {
    this.#formats = formats;
    this.#fields = fields;
    this.#spool = spool;
    this.#textLimit = textLimit;
  }

  /** @throws ProblemError */
  async take(token: MultipartToken): Promise<void> {
    if (token.type === 'data') return this.#current.write(token.bytes);
    if (token.type === 'part') {
      this.#current = this.#open(token.headers);
      return;
    }
    const finished = this.#current;
    this.#current = UNREAD;
    await finished.finish();
  }

  /** The refusal of a body that is too large, which names the part that was one too many. */
  tooLarge(limit: number): ProblemError {
    return this.#name === undefined
      ? tooLarge(limit)
      : tooLong(this.#name, `brings the body to more than ${limit} bytes`);
  }

  /** To be called when no more tokens come, whatever the reason. */
  async close(): Promise<void> {
    await this.#current.abandon?.();
  }

  #open(headers: ReadonlyMap<string, string>): PartReader {
    const disposition = parseDisposition(headers.get('content-disposition'));
    if (disposition === undefined)
      throw new ProblemError('malformed_body', 'A part of the body has no name.');
    const { name, filename } = disposition;
    this.#name = name;
    this.#fields.admit(name);
    const type = headers.get('content-type');
    const format = formatOf(this.#formats, name);
    const encoding = headers.get('content-transfer-encoding') ?? 'binary';
    const fault = /^(?:7bit|8bit|binary)$/i.test(encoding)
      ? typeFault(format, type)
      : 'must not have a Content-Transfer-Encoding';
    if (fault !== undefined) {
      this.#fields.fault(name, 'contentMediaType', fault);
      return UNREAD;
    }
    const isFile = format === undefined ? filename !== undefined : format.kind === 'binary';
    return isFile
      ? this.#fileReader(disposition, type ?? 'application/octet-stream')
      : this.#textReader(name);
  }

  #fileReader({ name, filename }: Disposition, type: string): PartReader {
    const writer = new BlobWriter(this.#spool);
    return {
      write: (bytes) => writer.write(bytes),
      finish: async () => this.#fields.add(name, await writer.finish(type, filename)),
      abandon: () => writer.abandon(),
    };
  }

  #textReader(name: string): PartReader {
    const chunks: Buffer[] = [];
    return {
      write: (bytes) => {
        this.#held += bytes.length;
        if (this.#held > this.#textLimit) {
          throw tooLong(name, `brings the fields that are no files to more than ${this.#textLimit} bytes`);
        }
        chunks.push(Buffer.from(bytes));
      },
      finish: () => {
        const text = decodeUtf8(Buffer.concat(chunks));
        if (text === undefined) this.#fields.fault(name, 'contentEncoding', 'is not valid UTF-8');
        else this.#fields.addText(name, text);
      },
    };
  }
}

const tooLong = (name: string, message: string): ProblemError =>
  new ProblemError('payload_too_large', `The field ${name} ${message}.`, {
    findings: [{ in: 'body', pointer: pointerTo(name), code: 'maxLength', message }],
  });
