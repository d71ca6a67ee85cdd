export const PERMISSIONS = ['READ', 'WRITE', 'EXECUTE', 'ADMIN'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Who calls: a key or an app of a tenant, with what it may do. */
export interface Principal {
  readonly tenantId: string;
  /** The key; of a caller that a gateway has checked, the app. */
  readonly keyId: string;
  /** What acts: the key's id where a key calls, else the app's. */
  readonly appId: string;
  readonly permissions: readonly Permission[];
}

/** ADMIN includes every other permission. */
export const mayDo = (principal: Principal, permission: string): boolean =>
  principal.permissions.some((held) => held === permission || held === 'ADMIN');
