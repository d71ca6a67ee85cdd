/** Where files of this server are downloaded. */
export interface FileAddresses {
  urlOf(fileId: string): string;
  /** The id of the file that an address leads to; undefined for an address of somebody else's. */
  idOf(url: string): string | undefined;
}

const PATH = '/workflow/v1/files/';
const ID = /^[\w.-]{1,128}$/;

/** `publicUrl` is what the server's addresses begin with, without a slash at the end. */
export function createFileAddresses(publicUrl: string): FileAddresses {
  const base = new URL(`${publicUrl}${PATH}`);
  return {
    urlOf: (fileId) => `${base.href}${fileId}`,
    idOf(url) {
      if (!URL.canParse(url)) return undefined;
      const { origin, pathname } = new URL(url);
      if (origin !== base.origin || !pathname.startsWith(base.pathname)) return undefined;
      const id = pathname.slice(base.pathname.length);
      return ID.test(id) ? id : undefined;
    },
  };
}
