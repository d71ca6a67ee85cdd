import type { Page, PageRequest } from '@flowwire/engine';

export const AUDIT_ACTIONS = [
  'key.created',
  'key.revoked',
  'app.created',
  'app.deleted',
  'app.bound',
  'workflow.published',
  'workflow.taken_off',
  'workflow.deleted',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Something that was done and that somebody may have to answer for. Holds no secrets. */
export interface AuditEntry {
  readonly id: string;
  readonly tenantId: string;
  /** The id of the key or app that did it; `cli` for the command line. */
  readonly actor: string;
  readonly action: AuditAction;
  /** The id of what it was done to. */
  readonly target: string;
  /** Further facts by name, such as the version that was published. */
  readonly details: Readonly<Record<string, string | number | readonly string[]>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Entries are only ever added. */
export interface AuditStore {
  add(entry: AuditEntry): Promise<void>;
  /** Newest first. Throws InvalidCursorError. */
  list(tenantId: string, page: PageRequest): Promise<Page<AuditEntry>>;
}

/** Who did what to what. A failure to keep it is logged, and does not undo what was done. */
export interface Audit {
  record(
    by: { readonly tenantId: string; readonly appId: string },
    action: AuditAction,
    target: string,
    details?: AuditEntry['details'],
  ): Promise<void>;
}
