import type { WorkflowDefinition } from '../definition/types.ts';
import type { CountedPage, OffsetRequest, Page, PageRequest } from './page.ts';

/** One version of a workflow. Versions are never changed. */
export interface StoredWorkflow {
  readonly id: string;
  readonly tenantId: string;
  /** From 1, dense. */
  readonly version: number;
  readonly definition: WorkflowDefinition;
  /** The text that the version was imported from, where it was not native. */
  readonly source?: WorkflowSource;
  /** Of the workflow. */
  readonly createdAt: number;
  /** Of this version. */
  readonly updatedAt: number;
  readonly latestVersion: number;
  /** The version that is published; absent while none is. */
  readonly publishedVersion?: number;
}

export interface WorkflowSource {
  readonly format: 'dify' | 'astron' | 'mandas';
  readonly text: string;
}

export interface NewWorkflow {
  readonly id: string;
  readonly tenantId: string;
  readonly definition: WorkflowDefinition;
  readonly source?: WorkflowSource;
  readonly createdAt: number;
}

export interface WorkflowStore {
  /** Stores version 1. Throws when the tenant has a workflow of that id. */
  create(workflow: NewWorkflow): Promise<StoredWorkflow>;
  /**
   * Adds a version. With `after`, only if that is still the newest one: `conflict` otherwise.
   * Undefined when the workflow is unknown.
   */
  addVersion(
    workflow: NewWorkflow,
    after?: number,
  ): Promise<
    | { readonly outcome: 'added'; readonly workflow: StoredWorkflow }
    | { readonly outcome: 'conflict' }
    | undefined
  >;
  /** A version: the newest one without `version`. */
  get(tenantId: string, workflowId: string, version?: number): Promise<StoredWorkflow | undefined>;
  /**
   * What a version was imported from, as long as there are runs of it: also when the workflow is deleted. Undefined for one
   * that was not imported.
   */
  source(tenantId: string, workflowId: string, version: number): Promise<WorkflowSource | undefined>;
  /** The version that runs: the published one, else the newest. */
  current(tenantId: string, workflowId: string): Promise<StoredWorkflow | undefined>;
  /** Publishes a version; without one, takes the workflow off. Undefined when workflow or version is unknown. */
  publish(
    tenantId: string,
    workflowId: string,
    version: number | undefined,
  ): Promise<StoredWorkflow | undefined>;
  /** Newest versions of all workflows, newest workflow first, about 1 MiB of JSON text a page. Throws InvalidCursorError. */
  list(tenantId: string, page: PageRequest, filter?: WorkflowFilter): Promise<Page<StoredWorkflow>>;
  /** As `list`, by place. */
  listCounted(
    tenantId: string,
    page: OffsetRequest,
    filter?: WorkflowFilter,
  ): Promise<CountedPage<StoredWorkflow>>;
  /** Newest first. Throws InvalidCursorError. */
  versions(tenantId: string, workflowId: string, page: PageRequest): Promise<Page<StoredWorkflow>>;
  /** As `versions`, by place. */
  versionsCounted(
    tenantId: string,
    workflowId: string,
    page: OffsetRequest,
  ): Promise<CountedPage<StoredWorkflow>>;
  /** Deletes a workflow with all versions; its runs stay, and with them `source`. Answers whether there was one. */
  delete(tenantId: string, workflowId: string): Promise<boolean>;
}

export interface WorkflowFilter {
  /** Part of the name or description, upper or lower case. */
  readonly search?: string;
}
