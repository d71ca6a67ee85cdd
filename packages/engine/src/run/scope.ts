/**
 * Where a node is in a run. A scope is undefined at the top, else the containers around with the number of the time
 * that each runs its graph: `each[3]`, `outer[0].inner[2]`. Node ids hold neither dots nor brackets, so that
 * these texts are never ambiguous.
 */
export type ScopePath = string | undefined;

/** A node of a run, in all scopes. */
export const keyOf = (nodeId: string, scope: ScopePath): string =>
  scope === undefined ? nodeId : `${scope}.${nodeId}`;

/** The scope of a graph that a container runs. */
export const childScope = (containerId: string, index: number, scope: ScopePath): string =>
  `${keyOf(containerId, scope)}[${index}]`;

/** For events: nothing at the top. */
export const inScope = (scope: ScopePath): { readonly scope?: string } =>
  scope === undefined ? {} : { scope };
