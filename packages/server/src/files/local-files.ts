import type { FileAddresses } from './file-addresses.ts';
import type { FileStore, StoredFile } from './file-store.ts';
import { kindOf } from './kinds.ts';

/** A stored file with its bytes. */
export interface OpenedFile {
  readonly file: StoredFile;
  readonly content: Blob;
}

/** Files of this server, by the addresses that flows are given. */
export interface LocalFiles {
  /** The address of a file. */
  urlOf(fileId: string): string;
  /** Whether an address is one of ours, there or not. */
  isLocal(url: string): boolean;
  /** Undefined for an address that is not ours, and for a file that the tenant does not have. */
  open(tenantId: string, url: string): Promise<OpenedFile | undefined>;
  /**
   * What is wrong with an address that a flow is given. `allowed` names categories, such as `image`, or extensions;
   * undefined allows all. Addresses of others pass: what is there only the node learns that goes there.
   */
  check(
    tenantId: string,
    url: string,
    allowed?: readonly string[],
  ): Promise<'not_found' | 'kind_not_allowed' | undefined>;
}

export interface LocalFilesDeps {
  readonly files: Pick<FileStore, 'get' | 'open'>;
  readonly addresses: FileAddresses;
}

export function createLocalFiles({ files, addresses }: LocalFilesDeps): LocalFiles {
  const find = async (tenantId: string, url: string): Promise<StoredFile | undefined> => {
    const id = addresses.idOf(url);
    return id === undefined ? undefined : files.get(tenantId, id);
  };

  return {
    urlOf: addresses.urlOf,

    isLocal: (url) => addresses.idOf(url) !== undefined,

    async open(tenantId, url) {
      const file = await find(tenantId, url);
      const content = file && (await files.open(file));
      return content && { file, content };
    },

    async check(tenantId, url, allowed) {
      if (addresses.idOf(url) === undefined) return undefined;
      const file = await find(tenantId, url);
      if (file === undefined) return 'not_found';
      return allowed === undefined || isAllowed(file, allowed) ? undefined : 'kind_not_allowed';
    },
  };
}

function isAllowed({ id }: StoredFile, allowed: readonly string[]): boolean {
  const kind = kindOf(id);
  const names = allowed.map((name) => name.toLowerCase().replace(/^\./, ''));
  return kind !== undefined && (names.includes(kind.category) || names.includes(kind.extension));
}
