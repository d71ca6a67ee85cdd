import type { SchemaError, Validator } from '@flowwire/contract';
import { createHeights } from './heights.ts';
import { makeValue } from './maker.ts';
import { type Definition, definitionsOf, type Part } from './schemas.ts';

/** A value that was made, with what a validator finds in it: nothing, unless a schema is too hard to suit. */
export interface MadeValue {
  readonly value: unknown;
  readonly errors: readonly SchemaError[];
}

/** Makes values for the schemas of one API. */
export interface Values {
  /**
   * A value for a schema. It is made again, where the validator refuses it, until there is nothing to refuse
   * or too much has been tried. The same seed and key make the same value.
   */
  of(part: Part, validate: Validator<unknown> | undefined, key: string): MadeValue;
}

const MAX_ATTEMPTS = 40;

/** After this many refusals of one place the fault is looked for further up too. */
const PATIENCE = 3;

/** Notes a refusal, so that another value is made there next time. */
function refuse(path: string, refusals: Map<string, number>): void {
  const count = (refusals.get(path) ?? 0) + 1;
  refusals.set(path, count);
  if (count % PATIENCE === 0 && path !== '') refuse(path.slice(0, path.lastIndexOf('/')), refusals);
}

export function createValues(schemas: readonly Definition[], seed: number): Values {
  const definitions = definitionsOf(schemas);
  const heightOf = createHeights(definitions);
  return {
    of(part, validate, key) {
      const refusals = new Map<string, number>();
      let best: MadeValue | undefined;
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const value = makeValue(part, { definitions, heightOf, seed: `${seed} ${key}`, refusals });
        if (!validate || validate(value)) return { value, errors: [] };
        const errors = validate.errors ?? [];
        if (!best || errors.length < best.errors.length) best = { value, errors };
        for (const path of new Set(errors.map(({ instancePath }) => instancePath))) refuse(path, refusals);
      }
      return best ?? { value: undefined, errors: [] };
    },
  };
}
