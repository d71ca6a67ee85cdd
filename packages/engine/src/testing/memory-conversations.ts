import type { JsonObject } from '../events.ts';
import type { ChatTurn, ConversationStore, SecretStore } from '../ports.ts';

interface MemoryConversation {
  variables: JsonObject;
  /** By run, in the order in which they were added. */
  readonly turns: Map<string, readonly ChatTurn[]>;
}

/** By tenant and id, as JSON. */
export type MemoryConversations = Map<string, MemoryConversation>;

export function createMemoryConversations(all: MemoryConversations): ConversationStore {
  const open = (tenantId: string, conversationId: string): MemoryConversation => {
    const key = JSON.stringify([tenantId, conversationId]);
    const known = all.get(key) ?? { variables: {}, turns: new Map() };
    all.set(key, known);
    return known;
  };
  return {
    async load(tenantId, conversationId, turns) {
      const known = open(tenantId, conversationId);
      const history = [...known.turns.values()].flat();
      return { variables: known.variables, history: history.slice(Math.max(0, history.length - turns)) };
    },
    async setVariables(tenantId, conversationId, variables) {
      const known = open(tenantId, conversationId);
      known.variables = { ...known.variables, ...variables };
    },
    async addTurns(tenantId, conversationId, runId, turns) {
      const known = open(tenantId, conversationId);
      if (!known.turns.has(runId)) known.turns.set(runId, turns);
    },
  };
}

/** By tenant, then name. */
export type MemorySecrets = Map<string, Map<string, { readonly value: string; readonly updatedAt: number }>>;

export function createMemorySecrets(all: MemorySecrets): SecretStore {
  const of = (tenantId: string) => [...(all.get(tenantId) ?? [])];
  return {
    async read(tenantId, names) {
      const known = of(tenantId).filter(([name]) => names.includes(name));
      return new Map(known.map(([name, { value }]) => [name, value]));
    },
    async set(tenantId, name, value, now) {
      all.set(tenantId, new Map([...of(tenantId), [name, { value, updatedAt: now }]]));
    },
    async list(tenantId) {
      return of(tenantId)
        .map(([name, { updatedAt }]) => ({ name, updatedAt }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async delete(tenantId, name) {
      return all.get(tenantId)?.delete(name) ?? false;
    },
  };
}
