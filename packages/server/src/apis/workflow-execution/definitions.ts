import type { WorkflowDefinition } from '@flowwire/engine';
import { type CheckSchema, faultsOf } from '../definition-faults.ts';
import { refusal } from '../refusal.ts';
import { faults } from './refusals.ts';

/** Refuses a faulty definition with all faults at once; undefined for a sound one. */
export async function refuseFaulty(definition: WorkflowDefinition, checkSchema: CheckSchema) {
  const found = await faultsOf(definition, checkSchema);
  if (found.length === 0) return undefined;
  const details = found.map(({ pointer, code, message, nodeId }) => ({
    in: 'body' as const,
    pointer,
    code,
    message,
    ...(nodeId === undefined ? {} : { node_id: nodeId }),
  }));
  return refusal(422, 'invalid_definition', `The definition has ${faults(details.length)}.`, details);
}
