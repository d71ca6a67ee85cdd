import type { Schedule, ScheduleStore } from '../ports.ts';
import { NEWEST_FIRST, paginate } from './memory-page.ts';
import { compare } from './memory-rows.ts';

export type MemorySchedules = Map<string, Schedule>;

export function createMemorySchedules(all: MemorySchedules): ScheduleStore {
  const find = (tenantId: string, scheduleId: string): Schedule | undefined => {
    const schedule = all.get(scheduleId);
    return schedule?.tenantId === tenantId ? schedule : undefined;
  };
  return {
    async create(schedule) {
      if (all.has(schedule.id)) throw new Error(`schedule ${schedule.id} exists`);
      all.set(schedule.id, schedule);
    },
    async get(tenantId, scheduleId) {
      return find(tenantId, scheduleId);
    },
    async list(tenantId, page) {
      return paginate(
        [...all.values()].filter((each) => each.tenantId === tenantId),
        NEWEST_FIRST,
        page,
      );
    },
    async update(schedule) {
      if (!find(schedule.tenantId, schedule.id)) return undefined;
      all.set(schedule.id, schedule);
      return schedule;
    },
    async delete(tenantId, scheduleId) {
      return find(tenantId, scheduleId) !== undefined && all.delete(scheduleId);
    },
    async due(now, limit) {
      return [...all.values()]
        .filter(({ enabled, nextAt = Number.POSITIVE_INFINITY }) => enabled && nextAt <= now)
        .sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0) || compare(a.id, b.id))
        .slice(0, limit);
    },
    async advance(scheduleId, from, nextAt) {
      const schedule = all.get(scheduleId);
      if (!schedule || schedule.nextAt !== from) return false;
      const { nextAt: _, ...rest } = schedule;
      all.set(scheduleId, { ...rest, ...(nextAt !== undefined && { nextAt }) });
      return true;
    },
    async record(scheduleId, { at, runId, error }) {
      const schedule = all.get(scheduleId);
      if (!schedule) return;
      const { lastError: _, ...rest } = schedule;
      all.set(scheduleId, {
        ...rest,
        lastAt: at,
        ...(runId !== undefined && { lastRunId: runId }),
        ...(error !== undefined && { lastError: error }),
      });
    },
  };
}
