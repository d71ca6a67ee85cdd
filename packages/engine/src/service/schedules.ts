import { Cron } from 'croner';
import type { ValidateSchema } from '../errors.ts';
import type { JsonObject } from '../events.ts';
import { newId } from '../ids.ts';
import type { Clock, Page, PageRequest, Schedule, ScheduleStore, WorkflowStore } from '../ports.ts';
import type { RunService } from './run-service.ts';

/** What a caller says of a schedule. */
export interface ScheduleRequest {
  readonly workflowId: string;
  readonly cron: string;
  /** UTC when absent. */
  readonly timeZone?: string;
  readonly inputs?: JsonObject;
  readonly overlap?: Schedule['overlap'];
  readonly missed?: Schedule['missed'];
  readonly enabled?: boolean;
}

/** A request that cannot be a schedule. `field` names what is wrong. */
export class InvalidScheduleError extends Error {
  override readonly name = 'InvalidScheduleError';
  readonly field: 'cron' | 'timeZone' | 'workflowId' | 'inputs';
  constructor(field: InvalidScheduleError['field'], message: string) {
    super(message);
    this.field = field;
  }
}

export interface ScheduleServiceDeps {
  readonly schedules: ScheduleStore;
  readonly workflows: Pick<WorkflowStore, 'current'>;
  readonly validateSchema: ValidateSchema;
  readonly service: RunService;
  readonly clock: Clock;
  readonly onError: (error: unknown, context: { readonly scheduleId?: string }) => void;
}

/** Keeps schedules and starts their runs. */
export interface ScheduleService {
  /** Throws InvalidScheduleError. */
  create(tenantId: string, request: ScheduleRequest): Promise<Schedule>;
  /** Undefined when it is gone. Throws InvalidScheduleError. */
  update(
    tenantId: string,
    scheduleId: string,
    change: Partial<ScheduleRequest>,
  ): Promise<Schedule | undefined>;
  get(tenantId: string, scheduleId: string): Promise<Schedule | undefined>;
  list(tenantId: string, page: PageRequest): Promise<Page<Schedule>>;
  delete(tenantId: string, scheduleId: string): Promise<boolean>;
  /** Begins to look for times that have come, once a second. Called once. */
  start(): void;
  /** Resolves when no look is under way. */
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
const DUE_LIMIT = 100;
/** Times that `missed: run_all` makes up for. */
const MAX_MISSED = 100;
/** A time is missed when nobody looked for so long after it. */
const LATE_MS = 60_000;
const SCHEDULED = 'schedule';

/**
 * The first time after `after` (milliseconds since the epoch) at which a pattern says so; undefined when there is none.
 * Throws InvalidScheduleError.
 */
export function nextTime(cron: string, timeZone: string, after: number): number | undefined {
  return parseCron(cron, timeZone).nextRun(new Date(after))?.getTime();
}

function parseCron(cron: string, timeZone: string): Cron {
  if (!isTimeZone(timeZone)) throw new InvalidScheduleError('timeZone', `there is no time zone ${timeZone}`);
  try {
    return new Cron(cron, { timezone: timeZone, paused: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidScheduleError('cron', message);
  }
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

export function createScheduleService(deps: ScheduleServiceDeps): ScheduleService {
  const { schedules, workflows, service, clock, validateSchema, onError } = deps;
  const stopped = new AbortController();
  let done: Promise<void> = Promise.resolve();

  async function check(tenantId: string, { workflowId, cron, timeZone, inputs }: Schedule): Promise<void> {
    parseCron(cron, timeZone);
    const workflow = await workflows.current(tenantId, workflowId);
    if (!workflow) throw new InvalidScheduleError('workflowId', `there is no workflow ${workflowId}`);
    const schema = workflow.definition.inputs;
    const [problem] = schema ? validateSchema(schema, inputs) : [];
    if (problem) throw new InvalidScheduleError('inputs', `${problem.pointer || '/'} ${problem.message}`);
  }

  /** With the time at which it is due next. */
  function withNext(schedule: Schedule, after: number): Schedule {
    const { nextAt: _, ...rest } = schedule;
    const nextAt = rest.enabled ? nextTime(rest.cron, rest.timeZone, after) : undefined;
    return { ...rest, ...(nextAt !== undefined && { nextAt }) };
  }

  async function create(tenantId: string, request: ScheduleRequest): Promise<Schedule> {
    const now = clock.now();
    const schedule: Schedule = {
      timeZone: 'UTC',
      inputs: {},
      overlap: 'skip',
      missed: 'run_once',
      enabled: true,
      ...request,
      id: newId('sch', now),
      tenantId,
      createdAt: now,
      updatedAt: now,
    };
    await check(tenantId, schedule);
    const stored = withNext(schedule, now);
    await schedules.create(stored);
    return stored;
  }

  async function update(
    tenantId: string,
    scheduleId: string,
    change: Partial<ScheduleRequest>,
  ): Promise<Schedule | undefined> {
    const known = await schedules.get(tenantId, scheduleId);
    if (!known) return undefined;
    const now = clock.now();
    const schedule = { ...known, ...change, updatedAt: now };
    await check(tenantId, schedule);
    return schedules.update(withNext(schedule, now));
  }

  /** The times of a schedule that are to be made up for now, oldest first. */
  function timesOf({ cron, timeZone, missed }: Schedule, nextAt: number, now: number): readonly number[] {
    if (now - nextAt < LATE_MS) return [nextAt];
    if (missed === 'skip') return [];
    if (missed === 'run_once') return [nextAt];
    const times: number[] = [];
    let at: number | undefined = nextAt;
    for (; at !== undefined && at <= now && times.length < MAX_MISSED; at = nextTime(cron, timeZone, at))
      times.push(at);
    return times;
  }

  async function fire(schedule: Schedule): Promise<void> {
    const { id, cron, timeZone, nextAt } = schedule;
    const now = clock.now();
    if (nextAt === undefined) return;
    // Whoever moves it on may start the runs, so that of several processes one does.
    if (!(await schedules.advance(id, nextAt, nextTime(cron, timeZone, now)))) return;
    let last = schedule.lastRunId;
    for (const at of timesOf(schedule, nextAt, now)) last = (await startOne(schedule, at, last)) ?? last;
  }

  /** Answers the id of the run. */
  async function startOne(
    schedule: Schedule,
    at: number,
    lastRunId: string | undefined,
  ): Promise<string | undefined> {
    const { id, tenantId, workflowId, inputs, overlap } = schedule;
    const isBusy = lastRunId !== undefined && (await service.isUnderWay(tenantId, lastRunId));
    if (isBusy && overlap === 'skip') {
      await schedules.record(id, { at, error: `left out: ${lastRunId} has not ended` });
      return undefined;
    }
    if (isBusy && overlap === 'cancel_previous') await service.cancel(tenantId, lastRunId);
    const key = `${SCHEDULED}:${id}:${at}`;
    const idempotency = { key, fingerprint: key };
    const started = await service.start({ tenantId, workflowId, userId: SCHEDULED, inputs, idempotency });
    const runId = 'run' in started ? started.run.id : undefined;
    const error = `no run was started: ${started.outcome.replaceAll('_', ' ')}`;
    await schedules.record(id, { at, ...(runId === undefined ? { error } : { runId }) });
    return runId;
  }

  async function fireAll(): Promise<void> {
    for (const schedule of await schedules.due(clock.now(), DUE_LIMIT)) {
      if (stopped.signal.aborted) return;
      await fire(schedule).catch(async (error: unknown) => {
        onError(error, { scheduleId: schedule.id });
        const message = error instanceof Error ? error.message : String(error);
        await schedules.record(schedule.id, { at: clock.now(), error: message });
      });
    }
  }

  async function look(): Promise<void> {
    while (!stopped.signal.aborted) {
      await fireAll().catch((error: unknown) => onError(error, {}));
      await clock.sleep(LOOK_EVERY_MS, stopped.signal).catch(() => undefined);
    }
  }

  return {
    create,
    update,
    get: schedules.get,
    list: schedules.list,
    delete: schedules.delete,
    start() {
      done = look();
    },
    async stop() {
      stopped.abort();
      await done;
    },
  };
}
