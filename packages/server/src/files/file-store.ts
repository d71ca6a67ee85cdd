/** A file that was uploaded. Times are milliseconds since the epoch. */
export interface StoredFile {
  /** The last part of its address: unguessable, with the extension of its kind, such as `file_3f0c9a.pdf`. */
  readonly id: string;
  readonly tenantId: string;
  /** As it was uploaded, for people. */
  readonly name: string;
  /** What its bytes are, not what the upload claimed. */
  readonly mediaType: string;
  readonly bytes: number;
  /** SHA-256 of the bytes in lower-case hex. */
  readonly digest: string;
  readonly createdAt: number;
}

/** Why a file is not taken. `reason` is for people and ends no sentence. */
export class FileRefusedError extends Error {
  override readonly name = 'FileRefusedError';
  readonly kind: 'empty' | 'kind_not_allowed' | 'content_mismatch' | 'too_large' | 'quota_exceeded';

  constructor(kind: FileRefusedError['kind'], reason: string) {
    super(reason);
    this.kind = kind;
  }
}

export interface NewFile {
  /** As the client says it; empty when it says none. */
  readonly name: string;
  readonly content: Blob;
}

/** Files of tenants. */
export interface FileStore {
  /**
   * Stores all of them or none: each is judged by its name and its bytes, and together they must fit the tenant's
   * quota. Throws FileRefusedError naming the file at fault, or what writing throws.
   */
  add(tenantId: string, files: readonly NewFile[]): Promise<readonly StoredFile[]>;
  /** Undefined when it is unknown or another tenant's. */
  get(tenantId: string, fileId: string): Promise<StoredFile | undefined>;
  /** The bytes of a file that `get` answered. Undefined when they are gone meanwhile. */
  open(file: StoredFile): Promise<Blob | undefined>;
  /**
   * Deletes files that were stored before this time, and what an interrupted upload left behind. Answers how many; not
   * all of them when the signal aborts.
   */
  sweep(before: number, signal?: AbortSignal): Promise<number>;
}

/** What is known of files, beside their bytes. */
export interface FileRecords {
  /**
   * Adds all, which are one tenant's, if its files then have at most `quota` bytes together; answers whether it did.
   * Of two that come at once the second one counts what the first one added.
   */
  add(tenantId: string, files: readonly StoredFile[], quota: number): Promise<boolean>;
  get(tenantId: string, fileId: string): Promise<StoredFile | undefined>;
  /** Forgets the oldest files that were stored before this time, and answers them. */
  takeOlder(before: number, limit: number): Promise<readonly StoredFile[]>;
  /** Which of these ids are known. */
  known(fileIds: readonly string[]): Promise<ReadonlySet<string>>;
}
