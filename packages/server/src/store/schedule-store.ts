import type { Schedule, ScheduleStore } from '@flowwire/engine';
import { type Cell, type Database, DuplicateError } from './database.ts';
import { NEWEST_FIRST, readPage } from './page.ts';
import { storable } from './text.ts';

interface ScheduleRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly workflow_id: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly overlap: Schedule['overlap'];
  readonly missed: Schedule['missed'];
  readonly enabled: number;
  readonly next_at: number | null;
  readonly last_at: number | null;
  readonly last_run_id: string | null;
  readonly last_error: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly inputs: string;
}

const COLUMNS = [
  'id',
  'tenant_id',
  'workflow_id',
  'cron',
  'time_zone',
  'overlap',
  'missed',
  'enabled',
  'next_at',
  'last_at',
  'last_run_id',
  'last_error',
  'created_at',
  'updated_at',
  'inputs',
] as const;

const ALL = COLUMNS.join(', ');

const INSERT = `
  INSERT INTO schedules (${ALL}) VALUES (${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO NOTHING
  RETURNING id`;

const SELECT = `SELECT ${ALL} FROM schedules WHERE id = ? AND tenant_id = ?`;

const REPLACED = COLUMNS.slice(2);

const UPDATE = `
  UPDATE schedules SET ${REPLACED.map((column) => `${column} = ?`).join(', ')}
  WHERE id = ? AND tenant_id = ?
  RETURNING ${ALL}`;

const DELETE = 'DELETE FROM schedules WHERE id = ? AND tenant_id = ? RETURNING id';

const SELECT_DUE = `
  SELECT ${ALL} FROM schedules WHERE enabled = 1 AND next_at <= ? ORDER BY next_at, id LIMIT ?`;

const ADVANCE = 'UPDATE schedules SET next_at = ? WHERE id = ? AND next_at = ? RETURNING id';

// The last run stays known when a time starts none: whether it has ended decides about the next time.
const RECORD = `
  UPDATE schedules SET last_at = ?, last_run_id = COALESCE(?, last_run_id), last_error = ? WHERE id = ?`;

/** `create` throws DuplicateError, `list` InvalidCursorError. */
export function createScheduleStore(database: Database): ScheduleStore {
  return {
    async create(schedule) {
      const { rows } = await database.query(INSERT, toValues(schedule));
      if (rows.length === 0) throw new DuplicateError(`schedule ${schedule.id} exists`);
    },

    async get(tenantId, scheduleId) {
      const { rows } = await database.query<ScheduleRow>(SELECT, [scheduleId, tenantId]);
      return rows[0] && toSchedule(rows[0]);
    },

    async list(tenantId, page) {
      const { knex } = database;
      const rows = knex('schedules').where('tenant_id', tenantId);
      return readPage<ScheduleRow, Schedule>(
        { knex, rows, order: NEWEST_FIRST, columns: COLUMNS, longColumns: ['inputs'], toItem: toSchedule },
        page,
      );
    },

    async update(schedule) {
      const [id, tenantId, ...replaced] = toValues(schedule);
      const values = [...replaced, id ?? null, tenantId ?? null];
      const { rows } = await database.query<ScheduleRow>(UPDATE, values);
      return rows[0] && toSchedule(rows[0]);
    },

    async delete(tenantId, scheduleId) {
      const { rows } = await database.query(DELETE, [scheduleId, tenantId]);
      return rows.length > 0;
    },

    async due(now, limit) {
      const { rows } = await database.query<ScheduleRow>(SELECT_DUE, [now, limit]);
      return rows.map(toSchedule);
    },

    async advance(scheduleId, from, nextAt) {
      const { rows } = await database.query(ADVANCE, [nextAt ?? null, scheduleId, from]);
      return rows.length > 0;
    },

    async record(scheduleId, { at, runId, error }) {
      await database.query(RECORD, [
        at,
        runId ?? null,
        error === undefined ? null : storable(error),
        scheduleId,
      ]);
    },
  };
}

/** In the order of COLUMNS. */
const toValues = (schedule: Schedule): Cell[] => [
  schedule.id,
  schedule.tenantId,
  schedule.workflowId,
  schedule.cron,
  schedule.timeZone,
  schedule.overlap,
  schedule.missed,
  schedule.enabled ? 1 : 0,
  schedule.nextAt ?? null,
  schedule.lastAt ?? null,
  schedule.lastRunId ?? null,
  schedule.lastError === undefined ? null : storable(schedule.lastError),
  schedule.createdAt,
  schedule.updatedAt,
  JSON.stringify(schedule.inputs),
];

const toSchedule = (row: ScheduleRow): Schedule => ({
  id: row.id,
  tenantId: row.tenant_id,
  workflowId: row.workflow_id,
  cron: row.cron,
  timeZone: row.time_zone,
  inputs: JSON.parse(row.inputs),
  overlap: row.overlap,
  missed: row.missed,
  enabled: row.enabled === 1,
  ...(row.next_at !== null && { nextAt: row.next_at }),
  ...(row.last_at !== null && { lastAt: row.last_at }),
  ...(row.last_run_id !== null && { lastRunId: row.last_run_id }),
  ...(row.last_error !== null && { lastError: row.last_error }),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
