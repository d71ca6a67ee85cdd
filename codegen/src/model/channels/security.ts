import type { Operation } from '@flowwire/contract';
import { type Cursor, child, items, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { memberOf } from './traits.ts';

/** The requirement that one entry of a `security` list is, by the name of its component. */
function readRequirement(entry: Cursor, documents: Documents): [name: string, scopes: string[]][] {
  const scheme = documents.step(entry);
  const [name = ''] = /[^/]*$/.exec(scheme.pointer) ?? [];
  if (scheme === entry || !/^\/components\/securitySchemes\/[^/]+$/.test(scheme.pointer)) {
    const advice = 'Put it into components.securitySchemes, and refer to it.';
    documents.warn(entry, `A security scheme without a name is left out. ${advice}`);
    return [];
  }
  const scopes = items(child(documents.follow(scheme), 'scopes')).flatMap((scope) => text(scope) ?? []);
  return [[name, scopes]];
}

/**
 * Who may open a socket: as its servers say, else as its operations do. Any one of the schemes suffices
 * (AsyncAPI 3.1 Server Object, Operation Object).
 */
export function readSocketSecurity(
  servers: readonly Cursor[],
  operations: readonly Cursor[],
  documents: Documents,
): Operation['security'] {
  const ofServers = servers.flatMap((server) => items(child(server, 'security')));
  const lists = operations.map((operation) => memberOf(operation, 'security', documents));
  const ofOperations = lists.flatMap(items);
  const entries = ofServers.length > 0 ? ofServers : ofOperations;
  const requirements = entries.flatMap((entry) => readRequirement(entry, documents));
  const named = new Set(requirements.map(([name]) => name));
  if (ofServers.length > 0) {
    for (const entry of ofOperations) {
      const [[name] = []] = readRequirement(entry, documents);
      if (name === undefined || named.has(name)) continue;
      documents.warn(
        entry,
        `Not checked: ${name} for single messages. Who may open the socket is asked once.`,
      );
    }
  }
  return [...new Map(requirements)].map(([name, scopes]) => ({ [name]: scopes }));
}
