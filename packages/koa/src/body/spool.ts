import { openAsBlob } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { ConnectionClosed } from '../connection.ts';

/** The bytes of one request's files that stay in memory. What is beyond goes to the disk. */
const IN_MEMORY = 64 * 1024;

/**
 * The files of one request. Small ones are kept in memory, others in a temporary folder that is removed when
 * the answer is over: a handler that wants to keep a file has to copy it.
 */
export class Spool {
  readonly #res: ServerResponse;
  readonly #parent: string;
  readonly #onError: (error: unknown) => void;
  #folder: string | undefined;
  #files = 0;
  #left = IN_MEMORY;

  /** `onError` is told when the folder cannot be removed. */
  constructor(res: ServerResponse, parent: string, onError: (error: unknown) => void) {
    this.#res = res;
    this.#parent = parent;
    this.#onError = onError;
  }

  /** Takes memory; false when too little is left. */
  reserve(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  release(bytes: number): void {
    this.#left += bytes;
  }

  /** Creates a file that no other process reads. */
  async create(): Promise<{ readonly path: string; readonly handle: FileHandle }> {
    const path = join(this.#folder ?? (await this.#createFolder()), String(this.#files++));
    return { path, handle: await open(path, 'wx', 0o600) };
  }

  async #createFolder(): Promise<string> {
    const folder = await mkdtemp(join(this.#parent, 'flowwire-upload-'));
    this.#folder = folder;
    const remove = () => rm(folder, { recursive: true, force: true }).catch(this.#onError);
    if (this.#res.destroyed) {
      await remove();
      throw new ConnectionClosed('client_gone');
    }
    this.#res.once('close', remove);
    return folder;
  }
}

/** Takes the bytes of one file and answers them as a Blob. */
export class BlobWriter {
  readonly #spool: Spool;
  #chunks: Buffer[] = [];
  #held = 0;
  #file: { readonly path: string; readonly handle: FileHandle } | undefined;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#file !== undefined) return this.#file.handle.appendFile(bytes);
    if (this.#spool.reserve(bytes.length)) {
      // A copy: the bytes are a part of a buffer that may be much larger.
      this.#chunks.push(Buffer.from(bytes));
      this.#held += bytes.length;
      return;
    }
    this.#file = await this.#spool.create();
    for (const chunk of this.#chunks) await this.#file.handle.appendFile(chunk);
    this.#chunks = [];
    this.#spool.release(this.#held);
    await this.#file.handle.appendFile(bytes);
  }

  /** Ends the file. One with a name is a File; the name is what the client says, without folders. */
  async finish(type: string, name?: string): Promise<Blob> {
    const blob = await this.#toBlob(type);
    return name === undefined ? blob : new File([blob], name, { type });
  }

  /** Lets go of the file without its end. */
  async abandon(): Promise<void> {
    await this.#file?.handle.close();
  }

  async #toBlob(type: string): Promise<Blob> {
    if (this.#file === undefined) return new Blob(this.#chunks, { type });
    await this.#file.handle.close();
    // Read from the disk only as far as it is read.
    return openAsBlob(this.#file.path, { type });
  }
}
