import { createAppHandlers } from './apps.ts';
import { createAuditHandlers } from './audit.ts';
import type { AllHandlers, IdentityDeps } from './deps.ts';
import { createKeyHandlers } from './keys.ts';
import { createLoginHandlers } from './login.ts';

/** Operations of the identity API. */
export const createIdentityHandlers = (deps: IdentityDeps): AllHandlers => ({
  ...createLoginHandlers(deps),
  ...createKeyHandlers(deps),
  ...createAppHandlers(deps),
  ...createAuditHandlers(deps),
});
