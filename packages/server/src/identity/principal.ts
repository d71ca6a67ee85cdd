export const PERMISSIONS = ['READ', 'WRITE', 'EXECUTE', 'ADMIN'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Who calls: a key of a tenant, with what it may do. */
export interface Principal {
  readonly tenantId: string;
  readonly keyId: string;
  readonly permissions: readonly Permission[];
}

/** ADMIN includes every other permission. */
export const mayDo = (principal: Principal, permission: string): boolean =>
  principal.permissions.some((held) => held === permission || held === 'ADMIN');
