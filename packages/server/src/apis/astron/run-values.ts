import type { JsonObject, JsonValue, NodeFinished, RunFacts } from '@flowwire/engine';

/** The values of a run, as its log tells them. */
export interface RunValues {
  add(event: NodeFinished): void;
  /** What a node at this place could refer to. */
  at(scope: string | undefined): RunFacts;
}

const VARIABLE = /^vars\.(.+)$/;

export function createRunValues(): RunValues {
  /** Outputs by node, by place. */
  const outputs = new Map<string, Map<string, JsonObject>>();
  let variables: Record<string, JsonValue> = {};

  return {
    add({ nodeId, scope = '', outputs: values, variables: changes = {} }) {
      const place = outputs.get(scope) ?? new Map<string, JsonObject>();
      outputs.set(scope, place.set(nodeId, values));
      for (const [target, value] of Object.entries(changes)) {
        const [, name] = VARIABLE.exec(target) ?? [];
        if (name !== undefined) variables = { ...variables, [name]: value };
      }
      // What is inside a container is over with it.
      const inside = `${scope === '' ? '' : `${scope}.`}${nodeId}[`;
      for (const known of outputs.keys()) if (known.startsWith(inside)) outputs.delete(known);
    },

    at: (scope = '') => ({
      valuesOf(name) {
        if (name === 'vars') return variables;
        for (let place = scope; ; place = outside(place)) {
          const values = outputs.get(place)?.get(name);
          if (values || place === '') return values;
        }
      },
    }),
  };
}

/** The place around: `outer[0]` of `outer[0].inner[2]`. */
const outside = (scope: string): string => scope.slice(0, Math.max(0, scope.lastIndexOf('.')));
