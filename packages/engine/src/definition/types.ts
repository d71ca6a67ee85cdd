/** The types of specs/shared/workflow-definition.yaml. */
export type * from './generated/types.js';
