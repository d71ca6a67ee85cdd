import type { MovedSecret, SecretStore, WorkflowDefinition } from '@flowwire/engine';

const NAMES_AT_ONCE = 20;

/**
 * Gives secrets that were moved out of a text names that are free or have the same value, `NAME`, `NAME_2` and
 * so on, and changes the definition's references to match.
 */
export async function settleSecretNames(
  store: Pick<SecretStore, 'read'>,
  tenantId: string,
  definition: WorkflowDefinition,
  secrets: readonly MovedSecret[],
): Promise<{ readonly definition: WorkflowDefinition; readonly secrets: readonly MovedSecret[] }> {
  const given = new Map<string, string>();
  const settle = async (name: string, value: string): Promise<string> => {
    for (let from = 1; ; from += NAMES_AT_ONCE) {
      const candidates = Array.from({ length: NAMES_AT_ONCE }, (_, i) => numbered(name, from + i));
      const stored = await store.read(tenantId, candidates);
      const isFit = (one: string) => (given.get(one) ?? stored.get(one) ?? value) === value;
      const settled = candidates.find(isFit);
      if (settled !== undefined) return settled;
    }
  };
  const names = new Map<string, string>();
  for (const { name, value } of secrets) {
    const settled = await settle(name, value);
    names.set(name, settled);
    given.set(settled, value);
  }
  return {
    definition: withNames(definition, names),
    secrets: secrets.map((secret) => ({ ...secret, name: names.get(secret.name) ?? secret.name })),
  };
}

const numbered = (name: string, count: number): string => (count === 1 ? name : `${name}_${count}`);

const REFERENCE = /(\{\{\s{0,32}secret\.)([A-Za-z0-9_$-]{1,128})(?=[\s.[}])/g;

function withNames(definition: WorkflowDefinition, names: ReadonlyMap<string, string>): WorkflowDefinition {
  if ([...names].every(([name, settled]) => name === settled)) return definition;
  const rename = (_key: string, value: unknown): unknown =>
    typeof value === 'string'
      ? value.replace(REFERENCE, (_all, head: string, name: string) => head + (names.get(name) ?? name))
      : value;
  // Sound: only the names inside references change, so it is a definition as before.
  return JSON.parse(JSON.stringify(definition, rename)) as WorkflowDefinition;
}
