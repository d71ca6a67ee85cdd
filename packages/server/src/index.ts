export { createWorkflowExecutionHandlers } from './apis/workflow-execution/handlers.ts';
export { createKey } from './identity/keys.ts';
export { createLogger } from './observability/logger.ts';
export { createEmbeddedQueue } from './queue/embedded-queue.ts';
export { createLocalWake } from './queue/local-wake.ts';
export { openReferenceServer, type ReferenceServer } from './reference-server.ts';
export { createSchemaValidator } from './schema-validator.ts';
export { readSettings, type Settings, SettingsError } from './settings.ts';
export { openStore, type Store } from './store/store.ts';
