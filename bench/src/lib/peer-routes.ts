import { readFileSync } from 'node:fs';

/** A route of a peer, with `:name` for path parameters, and what it answers. */
export interface PeerRoute {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body: unknown;
  /** JSON Schema of the request's body, where the route has one and it is measured. */
  readonly schema?: object;
}

/** What the parent has written to the file that the first argument names. Its own writing, so its type is what it says. */
export const readRoutes = (): readonly PeerRoute[] => JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
