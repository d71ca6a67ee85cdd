import type { ApiSuite } from '../api.ts';
import { astronSuite } from './astron.ts';
import { identitySuite } from './identity.ts';
import { mandasSuite } from './mandas.ts';
import { workflowExecutionSuite } from './workflow-execution.ts';

/** Every API that can be tried, in the order in which it is. */
export const SUITES: readonly ApiSuite[] = [identitySuite, workflowExecutionSuite, mandasSuite, astronSuite];
