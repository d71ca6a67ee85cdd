import type { identity } from '@flowwire/contract/identity';
import type { Handlers } from '@flowwire/koa';
import type { Audit, AuditStore } from '../../audit/audit-log.ts';
import type { AppStore } from '../../identity/app-store.ts';
import type { KeyFinder } from '../../identity/keys.ts';
import type { LoginStore } from '../../identity/login-store.ts';
import type { IdentityContext } from './context.ts';

/** What the operations of this API need of the rest of the server: ports only. Times are milliseconds. */
export interface IdentityDeps extends KeyFinder {
  readonly logins: LoginStore;
  readonly apps: AppStore;
  readonly audit: Audit;
  readonly auditEntries: AuditStore;
  /** How long a login lasts at most. */
  readonly loginMs: number;
  /** Whether cookies are for https only. */
  readonly secureCookies: boolean;
}

export type AllHandlers = Handlers<typeof identity, IdentityContext>;

/** Some of the API's operations. */
export type Part<OperationId extends keyof AllHandlers> = Pick<AllHandlers, OperationId>;
