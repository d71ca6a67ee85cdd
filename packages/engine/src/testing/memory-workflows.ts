import type { NewWorkflow, StoredWorkflow, WorkflowFilter, WorkflowStore } from '../ports.ts';
import { countedPage, NEWEST_FIRST, type PageOrder, paginate } from './memory-page.ts';
import type { MemoryRows } from './memory-rows.ts';

interface MemoryWorkflow {
  readonly id: string;
  readonly tenantId: string;
  readonly createdAt: number;
  /** The first is version 1. */
  readonly versions: Pick<StoredWorkflow, 'definition' | 'source' | 'updatedAt'>[];
  published: number | undefined;
  /** Only its sources are still told. */
  isDeleted: boolean;
}

/** By tenant and id, as JSON. */
export type MemoryWorkflows = Map<string, MemoryWorkflow>;

const NEWEST_VERSION_FIRST: PageOrder<StoredWorkflow> = { by: ({ version }) => [version], descending: true };

export function createMemoryWorkflows(all: MemoryWorkflows, runs: MemoryRows): WorkflowStore {
  const keyOf = (tenantId: string, id: string): string => JSON.stringify([tenantId, id]);
  const find = (tenantId: string, id: string) => {
    const known = all.get(keyOf(tenantId, id));
    return known?.isDeleted === true ? undefined : known;
  };
  const newest = (tenantId: string, { search = '' }: WorkflowFilter = {}) =>
    [...all.values()]
      .filter((known) => known.tenantId === tenantId && !known.isDeleted)
      .map((known) => toStored(known, known.versions.length))
      .filter(
        ({ definition }) => contains(definition.name, search) || contains(definition.description, search),
      );
  const versionsOf = (tenantId: string, id: string): StoredWorkflow[] => {
    const known = find(tenantId, id);
    return known?.versions.map((_, index) => toStored(known, index + 1)) ?? [];
  };

  return {
    async create(workflow) {
      const { id, tenantId, createdAt } = workflow;
      if (find(tenantId, id)) throw new Error(`workflow ${id} exists`);
      const versions = [toVersion(workflow)];
      const created = { id, tenantId, createdAt, versions, published: undefined, isDeleted: false };
      all.set(keyOf(tenantId, id), created);
      return toStored(created, 1);
    },
    async addVersion(workflow, after) {
      const known = find(workflow.tenantId, workflow.id);
      if (!known) return undefined;
      if (after !== undefined && after !== known.versions.length) return { outcome: 'conflict' };
      known.versions.push(toVersion(workflow));
      return { outcome: 'added', workflow: toStored(known, known.versions.length) };
    },
    async get(tenantId, workflowId, version) {
      const known = find(tenantId, workflowId);
      return known && findVersion(known, version ?? known.versions.length);
    },
    async current(tenantId, workflowId) {
      const known = find(tenantId, workflowId);
      return known && toStored(known, known.published ?? known.versions.length);
    },
    async publish(tenantId, workflowId, version) {
      const known = find(tenantId, workflowId);
      if (!known || (version !== undefined && !known.versions[version - 1])) return undefined;
      known.published = version;
      return toStored(known, version ?? known.versions.length);
    },
    list: async (tenantId, page, filter) => paginate(newest(tenantId, filter), NEWEST_FIRST, page),
    listCounted: async (tenantId, page, filter) => countedPage(newest(tenantId, filter), NEWEST_FIRST, page),
    versions: async (tenantId, workflowId, page) =>
      paginate(versionsOf(tenantId, workflowId), NEWEST_VERSION_FIRST, page),
    versionsCounted: async (tenantId, workflowId, page) =>
      countedPage(versionsOf(tenantId, workflowId), NEWEST_VERSION_FIRST, page),
    async source(tenantId, workflowId, version) {
      const known = all.get(keyOf(tenantId, workflowId));
      const hasRuns = [...runs.values()].some(
        ({ run }) => run.tenantId === tenantId && run.workflowId === workflowId && run.version === version,
      );
      return known?.isDeleted === true && !hasRuns ? undefined : known?.versions[version - 1]?.source;
    },
    async delete(tenantId, workflowId) {
      const known = find(tenantId, workflowId);
      if (known) known.isDeleted = true;
      return known !== undefined;
    },
  };
}

const contains = (text: string | undefined, part: string): boolean =>
  text?.toLowerCase().includes(part.toLowerCase()) ?? false;

const toVersion = ({ definition, source, createdAt }: NewWorkflow) => ({
  definition,
  ...(source && { source }),
  updatedAt: createdAt,
});

const findVersion = (workflow: MemoryWorkflow, version: number): StoredWorkflow | undefined =>
  workflow.versions[version - 1] && toStored(workflow, version);

function toStored(
  { versions, published, isDeleted: _, ...workflow }: MemoryWorkflow,
  version: number,
): StoredWorkflow {
  const kept = versions[version - 1];
  if (!kept) throw new Error(`workflow ${workflow.id} has no version ${version}`);
  return {
    ...workflow,
    ...kept,
    version,
    latestVersion: versions.length,
    ...(published !== undefined && { publishedVersion: published }),
  };
}
