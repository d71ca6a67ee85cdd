/** Where flows are published: 1 Xingchen, 2 the open platform, 4 AIUI. */
export type Platform = 1 | 2 | 4;

/**
 * What astron keeps of a workflow beside its versions. A flow is a workflow: `flowId` is the workflow's id. Times are
 * milliseconds since the epoch.
 */
export interface Flow {
  readonly tenantId: string;
  readonly flowId: string;
  /** The app that it belongs to; empty for a workflow of another API. */
  readonly appId: string;
  /** The platform that it comes from. */
  readonly source: Platform;
  /** The sum of what was done to it; see the document's publish operation. */
  readonly releaseStatus: number;
  /** The workflow's version that is the draft. A published definition of its own is another version. */
  readonly draftVersion: number;
  readonly updatedAt: number;
  /** Counts its changes; 0 before it is stored. */
  readonly revision: number;
}

/** A version that was published under a name, such as `v1.2`. */
export interface NamedVersion {
  /** Empty for what was published without a name. */
  readonly name: string;
  /** The workflow's version. */
  readonly version: number;
  readonly updatedAt: number;
}

/** What publishing changes beside the flow. */
export interface Release {
  /** Added, or takes the place of the one with its name. */
  readonly named?: NamedVersion;
  /** The version that the workflow runs in all APIs from now on; null for none. Absent, that stays as it is. */
  readonly publishedVersion?: number | null;
}

/** A run that astron started, as far as only astron cares. */
export interface FlowRun {
  readonly runId: string;
  readonly tenantId: string;
  /** A number as text; one for each run. */
  readonly eventId: string;
  readonly flowId: string;
  readonly appId: string;
  /** The end user, as the caller names them. */
  readonly uid: string;
  readonly isDebug: boolean;
  /** Whether the request that started it wanted frames as they come. */
  readonly isStreamed: boolean;
  readonly createdAt: number;
}

/** Deleting a workflow deletes its flow too, with named versions and bindings; its runs stay. */
export interface FlowStore {
  get(tenantId: string, flowId: string): Promise<Flow | undefined>;
  /** Adds a flow of revision 0, or replaces the one of the same revision; false when there is no such one any more. */
  save(flow: Flow): Promise<boolean>;
  /** As `save`, in one transaction with what else publishing changes. */
  publish(flow: Flow, release: Release): Promise<boolean>;
  /** All named versions, in no order. */
  versions(tenantId: string, flowId: string): Promise<readonly NamedVersion[]>;
  /** Binds an app; binding it again changes nothing. */
  bind(tenantId: string, flowId: string, appId: string, at: number): Promise<void>;
  isBound(tenantId: string, flowId: string, appId: string): Promise<boolean>;
  /** Keeps a run; keeping it again changes nothing. Throws when another run has its event id. */
  addRun(run: FlowRun): Promise<void>;
  runOfEvent(tenantId: string, eventId: string): Promise<FlowRun | undefined>;
  run(tenantId: string, runId: string): Promise<FlowRun | undefined>;
}
