import type { ChatTurn, ConversationStore } from '@flowwire/engine';
import { type Database, execute } from './database.ts';

const SELECT_VARIABLES =
  'SELECT name, value FROM conversation_variables WHERE tenant_id = ? AND conversation_id = ? ORDER BY name';

const SELECT_TURNS = `
  SELECT role, content FROM conversation_turns WHERE tenant_id = ? AND conversation_id = ?
  ORDER BY created_at DESC, run_id DESC, position DESC LIMIT ?`;

const SET_VARIABLE = `
  INSERT INTO conversation_variables (tenant_id, conversation_id, name, value, updated_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (tenant_id, conversation_id, name) DO UPDATE
    SET value = excluded.value, updated_at = excluded.updated_at`;

const SELECT_TURN_OF_RUN =
  'SELECT 1 AS found FROM conversation_turns WHERE tenant_id = ? AND conversation_id = ? AND run_id = ? LIMIT 1';

// The same run's worker may have been replaced at this very moment: then both add the same.
const INSERT_TURN = `
  INSERT INTO conversation_turns (tenant_id, conversation_id, run_id, position, role, created_at, content)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant_id, conversation_id, run_id, position) DO NOTHING`;

interface TurnRow {
  readonly role: ChatTurn['role'];
  readonly content: string;
}

export function createConversationStore(database: Database): ConversationStore {
  return {
    async load(tenantId, conversationId, turns) {
      const [variables, newest] = await Promise.all([
        database.query<{ name: string; value: string }>(SELECT_VARIABLES, [tenantId, conversationId]),
        database.query<TurnRow>(SELECT_TURNS, [tenantId, conversationId, turns]),
      ]);
      return {
        variables: Object.fromEntries(variables.rows.map(({ name, value }) => [name, JSON.parse(value)])),
        history: newest.rows.map(({ role, content }) => ({ role, content: JSON.parse(content) })).reverse(),
      };
    },

    setVariables: (tenantId, conversationId, variables, now) =>
      database.transaction(function* () {
        // In one order everywhere, so that two runs that set the same ones do not wait for each other.
        for (const [name, value] of Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1))) {
          yield* execute(SET_VARIABLE, [tenantId, conversationId, name, JSON.stringify(value), now]);
        }
      }),

    addTurns: (tenantId, conversationId, runId, turns, now) =>
      database.transaction(function* () {
        const place = [tenantId, conversationId, runId];
        const known = yield* execute(SELECT_TURN_OF_RUN, place);
        if (known.rows.length > 0) return;
        for (const [position, { role, content }] of turns.entries()) {
          yield* execute(INSERT_TURN, [...place, position, role, now, JSON.stringify(content)]);
        }
      }),
  };
}
