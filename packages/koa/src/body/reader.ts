import { tmpdir } from 'node:os';
import type { BodyFormat, Operation } from '@flowwire/contract';
import type { Context } from 'koa';
import { parseJson } from '../json.ts';
import { boundaryOf, closest, essenceOf, isRange } from '../media-type.ts';
import { ProblemError } from '../problem.ts';
import { createBytesReader } from './bytes.ts';
import { Fields } from './fields.ts';
import { readForm } from './form.ts';
import { MultipartParser } from './multipart.ts';
import { PartsReader } from './parts.ts';
import { readSource } from './source.ts';
import { BlobWriter, Spool } from './spool.ts';
import { assertUtf8, decodeBody } from './text.ts';

/** How much of a request's body is read. */
export interface UploadOptions {
  /** Bytes of the longest body that is a file or has files, inflated. Default: 100 MiB. */
  readonly maxBytes?: number;
  /** How many fields a form has at most, files included. Default: 1,000. */
  readonly maxFields?: number;
  /** Where files of more than 64 KiB wait until the answer is over. Default: the system's temporary folder. */
  readonly directory?: string;
}

const MIB = 1024 * 1024;

/** Where the body of a request is put. */
export interface BodyTarget {
  body: unknown;
  /** As the document spells it, or the sent one where the document has a range. */
  contentType: string | undefined;
}

/**
 * Reads the body of a request into a target and answers its format; undefined when it has none. `onError`
 * is told when a temporary file stays behind.
 *
 * @throws ProblemError
 */
export type BodyReader = (
  ctx: Context,
  target: BodyTarget,
  onError: (error: unknown) => void,
) => Promise<BodyFormat | undefined>;

type KindReader = (ctx: Context, format: BodyFormat, onError: (error: unknown) => void) => Promise<unknown>;

/** Prepares the reading of bodies; `limit` bounds those that are held in memory. */
export const createBodyReader = (
  limit: number,
  { maxBytes = 100 * MIB, maxFields = 1000, directory = tmpdir() }: UploadOptions,
): ((operation: Operation) => BodyReader) => {
  const readBytes = createBytesReader(limit);

  const readText = async (ctx: Context): Promise<string> => {
    assertUtf8(ctx);
    return decodeBody(await readBytes(ctx));
  };

  const readers: Readonly<Record<BodyFormat['kind'], KindReader>> = {
    json: async (ctx) => {
      const text = await readText(ctx);
      return text === '' ? undefined : parseJson(text);
    },
    text: readText,
    form: async (ctx, { parts = {} }) => readForm(await readText(ctx), parts, maxFields),
    multipart: async (ctx, { parts = {} }, onError) => {
      const parser = new MultipartParser(boundaryOf(ctx.get('Content-Type')));
      const fields = new Fields(parts, maxFields);
      const reader = new PartsReader(parts, fields, new Spool(ctx.res, directory, onError), limit);
      try {
        for await (const chunk of readSource(ctx, maxBytes, (bytes) => reader.tooLarge(bytes))) {
          for (const token of parser.push(chunk)) await reader.take(token);
        }
        parser.finish();
      } finally {
        await reader.close();
      }
      return fields.toObject();
    },
    binary: async (ctx, _format, onError) => {
      const writer = new BlobWriter(new Spool(ctx.res, directory, onError));
      try {
        for await (const chunk of readSource(ctx, maxBytes)) await writer.write(chunk);
        return await writer.finish(ctx.get('Content-Type'));
      } catch (error) {
        await writer.abandon();
        throw error;
      }
    },
  };

  return ({ body }) => {
    const formats = (body?.content ?? []).map((format) => ({
      format,
      essence: essenceOf(format.mediaType),
      read: readers[format.kind],
    }));
    const mediaTypes = formats.map(({ format }) => format.mediaType);

    return async (ctx, target, onError) => {
      if (hasNoBody(ctx)) return undefined;
      const sent = ctx.req.headers['content-type'];
      const essence = sent === undefined ? '' : essenceOf(sent);
      const chosen = sent === undefined ? undefined : closest(formats, essence);
      // An empty JSON body is none. Other kinds have empty values, if the request says what kind it is.
      const mayBeEmpty = chosen !== undefined && chosen.format.kind !== 'json';
      if (ctx.req.headers['content-length'] === '0' && !mayBeEmpty) return undefined;
      if (chosen === undefined) throw unsupportedType(mediaTypes);
      target.body = await chosen.read(ctx, chosen.format, onError);
      if (target.body === undefined) return undefined;
      target.contentType = isRange(chosen.essence) ? essence : chosen.format.mediaType;
      return chosen.format;
    };
  };
};

const hasNoBody = ({ req: { headers } }: Context): boolean =>
  headers['transfer-encoding'] === undefined && headers['content-length'] === undefined;

const unsupportedType = (mediaTypes: readonly string[]): ProblemError =>
  new ProblemError(
    'unsupported_media_type',
    `The Content-Type of the body must be ${mediaTypes.join(' or ')}.`,
    { headers: { Accept: mediaTypes.join(', ') } },
  );
