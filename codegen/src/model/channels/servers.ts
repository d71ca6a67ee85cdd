import { type Cursor, child, entries, items, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';

/** The servers that a channel is on: those it names, else all of its document. */
export function serversOf(channel: Cursor, documents: Documents): Cursor[] {
  const own = items(child(channel, 'servers')).map((server) => documents.follow(server));
  if (own.length > 0) return own;
  const root = documents.roots.find(({ document }) => document === channel.document) ?? channel;
  return entries(child(root, 'servers')).map(([, server]) => documents.follow(server));
}

export const protocolsOf = (channel: Cursor, documents: Documents): string[] =>
  serversOf(channel, documents).flatMap((server) => text(child(server, 'protocol')) ?? []);

/** The path of a server, with its variables filled in; empty without one. */
function pathOf(server: Cursor, documents: Documents): string {
  const path = text(child(server, 'pathname')) ?? '';
  const filled = path.replaceAll(/\{([^}]*)\}/g, (whole, name: string) => {
    const variable = documents.follow(child(server, 'variables', name));
    const [first] = items(child(variable, 'enum'));
    return text(child(variable, 'default')) ?? (first && text(first)) ?? whole;
  });
  return filled.replace(/\/+$/, '');
}

/**
 * The path that a channel's sockets are opened at, below the client's `baseUrl`: its server's and its own.
 * Undefined, and a warning, for one whose address is known only at run time.
 */
export function addressOf(channel: Cursor, documents: Documents): string | undefined {
  const address = text(child(channel, 'address'));
  if (address === undefined) {
    documents.warn(channel, 'The channel is left out: without an address it is known only at run time.');
    return undefined;
  }
  const paths = [...new Set(serversOf(channel, documents).map((server) => pathOf(server, documents)))];
  const [path = '', ...others] = paths;
  if (others.length > 0)
    documents.warn(
      channel,
      `Its servers have several paths: ${paths.join(', ')}. Sockets are opened below the first.`,
    );
  const full = path + (address.startsWith('/') ? address : `/${address}`);
  return path !== '' && address === '/' ? path : full;
}
