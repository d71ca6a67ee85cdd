import { keysOf } from './cursor.ts';

// What the keys of documents say about what stands below them.

/** Keywords whose values are data, in which `$ref` is a member like any other. */
export const DATA = new Set(['example', 'examples', 'default', 'const', 'enum']);

/** Keywords whose values hold things by name, so that their keys are no keywords. */
export const MAPS = new Set(
  (
    'properties patternProperties $defs definitions dependentSchemas dependencies schemas responses parameters ' +
    'requestBodies headers securitySchemes links callbacks pathItems mediaTypes paths webhooks content encoding ' +
    'variables servers channels operations messages replies replyAddresses correlationIds operationTraits ' +
    'messageTraits serverVariables additionalOperations'
  ).split(' '),
);

/** Members from which nothing is generated but comments, and names that have a fallback. */
const IDLE = new Set(
  'info title summary description externalDocs example examples webhooks callbacks links'.split(' '),
);

export const isExtension = (keyword: string): boolean => keyword.startsWith('x-');

/** Whether one of the keywords that lead to a place is such a one. Keys of maps are no keywords. */
function passes(pointer: string, test: (keyword: string) => boolean): boolean {
  let holdsNames = false;
  for (const key of keysOf(pointer)) {
    if (!holdsNames && test(key)) return true;
    holdsNames = !holdsNames && MAPS.has(key);
  }
  return false;
}

/** Whether a place is in an extension, where everything is allowed (OpenAPI 3.2 section 4.31). */
export const isInExtension = (pointer: string): boolean => passes(pointer, isExtension);

/** Whether faults at a place leave the generated code right. */
export const isIdle = (pointer: string): boolean => passes(pointer, (keyword) => IDLE.has(keyword));
