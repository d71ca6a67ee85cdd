import type {
  ScheduleChange,
  ScheduleRequest as WireRequest,
  Schedule as WireSchedule,
} from '@flowwire/contract/workflow-execution';
import { InvalidScheduleError, type JsonObject, type Schedule, type ScheduleRequest } from '@flowwire/engine';
import { epochSeconds } from '../epoch.ts';
import { listed, toPage, toPageRequest } from '../pages.ts';
import { refusal } from '../refusal.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';

/** Keeps schedules. */
export const createScheduleHandlers = ({
  schedules,
}: WorkflowExecutionDeps): Part<
  'listSchedules' | 'createSchedule' | 'getSchedule' | 'updateSchedule' | 'deleteSchedule'
> => ({
  listSchedules: ({ query, context }) =>
    listed(async () => {
      const page = await schedules.list(context.tenantId, toPageRequest(query));
      return { status: 200 as const, body: toPage(page, toSchedule) };
    }),

  createSchedule: ({ body, context: { tenantId } }) =>
    refusingFaults(async () => {
      const request = { ...toChange(body), workflowId: body.workflow_id, cron: body.cron };
      const stored = await schedules.create(tenantId, request);
      return {
        status: 201 as const,
        body: toSchedule(stored),
        headers: { Location: `/api/workflow/schedules/${stored.id}` },
      };
    }),

  async getSchedule({ path, context }) {
    const schedule = await schedules.get(context.tenantId, path.schedule_id);
    return schedule ? { status: 200, body: toSchedule(schedule) } : noSchedule(path.schedule_id);
  },

  updateSchedule: ({ path, body, context }) =>
    refusingFaults(async () => {
      const changed = await schedules.update(context.tenantId, path.schedule_id, toChange(body));
      return changed ? { status: 200 as const, body: toSchedule(changed) } : noSchedule(path.schedule_id);
    }),

  async deleteSchedule({ path, context }) {
    const deleted = await schedules.delete(context.tenantId, path.schedule_id);
    return deleted ? { status: 204 } : noSchedule(path.schedule_id);
  },
});

const noSchedule = (id: string) => refusal(404, 'schedule_not_found', `There is no schedule ${id}.`);

const FIELDS = { cron: 'cron', timeZone: 'time_zone', workflowId: 'workflow_id', inputs: 'inputs' } as const;

/** The answer of what stores a schedule; one that cannot be is refused. */
async function refusingFaults<Reply>(act: () => Promise<Reply>) {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof InvalidScheduleError)) throw error;
    const { field, message } = error;
    return refusal(400, 'invalid_schedule', message, [
      { in: 'body', pointer: `/${FIELDS[field]}`, code: 'invalid_schedule', message },
    ]);
  }
}

function toChange(body: ScheduleChange | WireRequest): Partial<ScheduleRequest> {
  const { workflow_id, cron, time_zone, inputs, overlap, missed, enabled } = body;
  return {
    ...(workflow_id === undefined ? {} : { workflowId: workflow_id }),
    ...(cron === undefined ? {} : { cron }),
    ...(time_zone === undefined ? {} : { timeZone: time_zone }),
    // Sound: the body was JSON text, so its values are JSON values.
    ...(inputs === undefined ? {} : { inputs: inputs as JsonObject }),
    ...(overlap === undefined ? {} : { overlap }),
    ...(missed === undefined ? {} : { missed }),
    ...(enabled === undefined ? {} : { enabled }),
  };
}

const toSchedule = (schedule: Schedule): WireSchedule => ({
  id: schedule.id,
  workflow_id: schedule.workflowId,
  cron: schedule.cron,
  time_zone: schedule.timeZone,
  inputs: { ...schedule.inputs },
  overlap: schedule.overlap,
  missed: schedule.missed,
  enabled: schedule.enabled,
  ...(schedule.nextAt === undefined ? {} : { next_at: epochSeconds(schedule.nextAt) }),
  ...(schedule.lastAt === undefined ? {} : { last_at: epochSeconds(schedule.lastAt) }),
  ...(schedule.lastRunId === undefined ? {} : { last_execution_id: schedule.lastRunId }),
  ...(schedule.lastError === undefined ? {} : { last_error: schedule.lastError }),
  created_at: epochSeconds(schedule.createdAt),
  updated_at: epochSeconds(schedule.updatedAt),
});
