import type { RunStore, RunSummary } from '@flowwire/engine';

export type Kind = 'workflow' | 'task';

/** A run of one of these kinds; undefined for another tenant's and for runs of other kinds. */
export async function findRun(
  runs: Pick<RunStore, 'get'>,
  tenantId: string,
  id: string,
  ...kinds: readonly Kind[]
): Promise<RunSummary | undefined> {
  const run = await runs.get(tenantId, id);
  return run && kinds.some((kind) => kind === (run.kind ?? 'workflow')) ? run : undefined;
}
