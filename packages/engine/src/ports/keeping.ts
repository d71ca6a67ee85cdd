import type { JsonObject } from '../events.ts';
import type { ChatTurn } from './runs.ts';

/** What a conversation is between two runs. */
export interface Conversation {
  readonly variables: JsonObject;
  /** Oldest first. */
  readonly history: readonly ChatTurn[];
}

export interface ConversationStore {
  /** Empty for one that is not known. `turns` is how many of the newest are answered. */
  load(tenantId: string, conversationId: string, turns: number): Promise<Conversation>;
  /** Sets variables, the others stay; idempotent. */
  setVariables(tenantId: string, conversationId: string, variables: JsonObject, now: number): Promise<void>;
  /** Adds what a run said, once per run. */
  addTurns(
    tenantId: string,
    conversationId: string,
    runId: string,
    turns: readonly ChatTurn[],
    now: number,
  ): Promise<void>;
}

/** Secrets of a tenant, encrypted where they are kept. Values are never listed, logged or answered. */
export interface SecretStore {
  /** The values of those that exist. */
  read(tenantId: string, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  set(tenantId: string, name: string, value: string, now: number): Promise<void>;
  list(tenantId: string): Promise<readonly { readonly name: string; readonly updatedAt: number }[]>;
  /** Answers whether there was one. */
  delete(tenantId: string, name: string): Promise<boolean>;
}
