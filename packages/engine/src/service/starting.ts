import { withDefaults } from '../definition/defaults.ts';
import type { WorkflowDefinition } from '../definition/types.ts';
import { InvalidInputsError } from '../errors.ts';
import type { JsonObject } from '../events.ts';
import { newId } from '../ids.ts';
import { isDeeperThan, MAX_DEPTH } from '../json.ts';
import { jobOf, type NewRun, QueueFullError, type Reuse } from '../ports.ts';
import { isFinal } from '../run-state.ts';
import { cacheKeyOf } from './cache-key.ts';
import type { OneOffOutcome, RunDefaults, StartOneOff, StartOutcome, StartRun } from './requests.ts';
import type { RunService, RunServiceDeps } from './run-service.ts';
import { resolveSubflows } from './subflows.ts';
import type { Watchers } from './watchers.ts';

const DEFAULTS: RunDefaults = {
  priority: 0,
  timeoutMs: 3_600_000,
  onDisconnect: 'continue',
  disconnectGraceMs: 10_000,
};
const FIRST_READER_MS = 5_000;

type StartDeps = Pick<RunServiceDeps, 'runs' | 'queue' | 'workflows' | 'services' | 'defaults'>;

/** Makes runs. `cancel` ends one that was stored and found no place in the queue. */
export function createStarting(
  deps: StartDeps,
  watchers: Pick<Watchers, 'expect'>,
  cancel: RunService['cancel'],
): Pick<RunService, 'start' | 'startOneOff' | 'restart' | 'repeated'> {
  const { runs, queue, workflows, services } = deps;
  const { clock, validateSchema } = services;
  const defaults: RunDefaults = { ...DEFAULTS, ...deps.defaults };

  const repeated: RunService['repeated'] = async (tenantId, idempotency) =>
    idempotency && runs.findRepeated(tenantId, idempotency, clock.now());

  async function start(request: StartRun): Promise<StartOutcome> {
    const { tenantId, workflowId, version, cacheMaxAgeMs: _, ...fields } = request;
    const earlier = await repeated(tenantId, request.idempotency);
    if (earlier) return earlier;
    const workflow = await (version === undefined
      ? workflows.current(tenantId, workflowId)
      : workflows.get(tenantId, workflowId, version));
    if (!workflow) return { outcome: 'unknown_workflow' };
    const { definition } = workflow;
    const inputs = completeInputs(definition, request.inputs);
    const { subflows, versions } = await resolveSubflows(workflows, tenantId, definition);
    const cacheKey = cacheKeyOf(workflow.version, versions, inputs);
    const reuse = await reusable(request, definition, cacheKey);
    return create({
      ...defaults,
      ...fields,
      inputs,
      id: newId('run', clock.now()),
      tenantId,
      workflowId,
      version: workflow.version,
      definition,
      ...(subflows && { subflows }),
      cacheKey,
      ...(reuse && { reuse }),
      createdAt: clock.now(),
    });
  }

  async function startOneOff(request: StartOneOff): Promise<OneOffOutcome> {
    const { tenantId, kind, definition } = request;
    const earlier = await repeated(tenantId, request.idempotency);
    if (earlier) return earlier;
    const inputs = completeInputs(definition, request.inputs);
    const { subflows } = await resolveSubflows(workflows, tenantId, definition);
    const id = newId('run', clock.now());
    return create({
      ...defaults,
      ...request,
      inputs,
      id,
      workflowId: kind,
      version: 1,
      ...(subflows && { subflows }),
      // Its definition is its own, so nobody looks for its result.
      cacheKey: id,
      createdAt: clock.now(),
    });
  }

  /** The inputs with the defaults of their schema. Throws InvalidInputsError. */
  function completeInputs({ inputs: schema }: WorkflowDefinition, given: JsonObject): JsonObject {
    const inputs = withDefaults(schema, given);
    if (isDeeperThan(inputs, MAX_DEPTH)) {
      throw new InvalidInputsError([
        { pointer: '', code: 'maxDepth', message: `nests deeper than ${MAX_DEPTH} levels` },
      ]);
    }
    const problems = schema ? validateSchema(schema, inputs) : [];
    if (problems.length > 0) throw new InvalidInputsError(problems);
    return inputs;
  }

  async function reusable(
    { tenantId, workflowId, cacheMaxAgeMs }: StartRun,
    { cache }: WorkflowDefinition,
    cacheKey: string,
  ): Promise<Reuse | undefined> {
    const maxAgeMs = cacheMaxAgeMs ?? cache?.max_age_ms ?? 0;
    if (maxAgeMs === 0) return undefined;
    const earlier = await runs.findReusable(tenantId, workflowId, cacheKey, clock.now() - maxAgeMs);
    return earlier && { runId: earlier.id, except: [] };
  }

  async function create(run: NewRun): Promise<OneOffOutcome> {
    if (!queue.hasRoom()) throw new QueueFullError('too many runs wait already');
    const outcome = await runs.create(run);
    if (outcome.outcome !== 'created') return outcome;
    try {
      await queue.enqueue(jobOf(outcome.run));
    } catch (error) {
      // Filled up meanwhile. Otherwise the run would stay queued, unknown to any queue, until the next boot.
      if (error instanceof QueueFullError) await cancel(run.tenantId, run.id);
      throw error;
    }
    watchers.expect(outcome.run, FIRST_READER_MS);
    return outcome;
  }

  async function restart(
    tenantId: string,
    runId: string,
    { from, userId, idempotency }: Parameters<RunService['restart']>[2],
  ): ReturnType<RunService['restart']> {
    const earlier = await repeated(tenantId, idempotency);
    if (earlier) return restarted(earlier);
    const run = await runs.get(tenantId, runId);
    const plan = run && (await runs.plan(runId));
    if (!run || !plan) return { outcome: 'unknown_run' };
    if (!isFinal(run.state)) return { outcome: 'refused', run };
    const { definition, subflows, history } = plan;
    if (from !== undefined && !definition.nodes.some(({ id }) => id === from))
      return { outcome: 'unknown_node' };
    const { workflowId, version, inputs, priority, timeoutMs, disconnectGraceMs } = run;
    const { conversationId, kind, pool } = run;
    const created = await create({
      id: newId('run', clock.now()),
      tenantId,
      workflowId,
      version,
      userId,
      definition,
      ...(subflows && { subflows }),
      ...(history && { history }),
      inputs,
      priority,
      timeoutMs,
      onDisconnect: run.onDisconnect,
      disconnectGraceMs,
      ...(conversationId !== undefined && { conversationId }),
      ...(kind && { kind }),
      ...(pool !== undefined && { pool }),
      // It reuses another run itself, so nobody looks for it.
      cacheKey: runId,
      reuse: { runId, except: from === undefined ? [] : [from] },
      ...(idempotency && { idempotency }),
      createdAt: clock.now(),
    });
    return restarted(created);
  }

  return { start, startOneOff, restart, repeated };
}

const restarted = (outcome: OneOffOutcome) =>
  outcome.outcome === 'conflict' ? outcome : { outcome: 'done' as const, run: outcome.run };
