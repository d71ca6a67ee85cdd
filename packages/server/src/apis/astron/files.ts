import type { ErrorEnvelope } from '@flowwire/contract/astron';
import { attachment } from '../../files/attachment.ts';
import { FileRefusedError, type NewFile, type StoredFile } from '../../files/file-store.ts';
import type { AstronDeps, Part } from './deps.ts';
import { newSid } from './sid.ts';

type Deps = Pick<AstronDeps, 'files' | 'localFiles' | 'errors' | 'now' | 'onStorageError'>;

/** The largest body that an upload may have: the largest file, with room for the form around it. */
export const MAX_UPLOAD_BYTES = 525 * 1024 * 1024;

/** Uploading and downloading files. */
export function createFileHandlers(deps: Deps): Part<'uploadFile' | 'uploadFiles' | 'downloadFile'> {
  const { files, now } = deps;
  return {
    uploadFile: async ({ context, body }) => {
      const kept = await keep(deps, context.tenantId, [body.file]);
      if ('refusal' in kept) return { status: 200, body: kept.refusal };
      const [url = ''] = kept.urls;
      return { status: 200, body: { code: 0, message: 'success', data: { url }, sid: newSid(now()) } };
    },

    uploadFiles: async ({ context, body }) => {
      const kept = await keep(deps, context.tenantId, body.files);
      if ('refusal' in kept) return { status: 200, body: kept.refusal };
      const { urls } = kept;
      return { status: 200, body: { code: 0, message: 'success', data: { urls }, sid: newSid(now()) } };
    },

    downloadFile: async ({ context, path: { file_id: id } }) => {
      const file = await files.get(context.tenantId, id);
      const content = file && (await files.open(file));
      if (file === undefined || content === undefined) return { status: 404, body: notFound(deps, id) };
      return { status: 200, body: content, headers: headersOf(file) };
    },
  };
}

type Kept = { readonly urls: string[] } | { readonly refusal: ErrorEnvelope };

/** Stores the files of an upload, and answers their addresses or why there are none. */
async function keep(deps: Deps, tenantId: string, parts: readonly Blob[]): Promise<Kept> {
  const { files, localFiles, errors, onStorageError } = deps;
  try {
    const stored = await files.add(tenantId, parts.map(toNewFile));
    return { urls: stored.map(({ id }) => localFiles.urlOf(id)) };
  } catch (error) {
    if (!(error instanceof FileRefusedError)) {
      onStorageError(error);
      return { refusal: errors.refuse('FILE_STORAGE_ERROR') };
    }
    const name = error.kind === 'quota_exceeded' ? 'FILE_STORAGE_ERROR' : 'FILE_INVALID_ERROR';
    return { refusal: errors.refuse(name, error.message) };
  }
}

/** A part without a file name is a Blob, not a File. */
const toNewFile = (part: Blob): NewFile => ({ name: part instanceof File ? part.name : '', content: part });

const notFound = ({ errors }: Deps, id: string): ErrorEnvelope => ({
  ...errors.refuse('FILE_INVALID_ERROR'),
  message: `There is no such file (${id})`,
});

const headersOf = ({ name, bytes, digest }: StoredFile): Readonly<Record<string, string>> => ({
  'Content-Disposition': attachment(name),
  'Content-Length': String(bytes),
  ETag: `"${digest}"`,
  // The bytes are for saving: whatever they are, no browser is to take them for a page of this server.
  'X-Content-Type-Options': 'nosniff',
});
