import { isDeepStrictEqual } from 'node:util';
import type {
  ExecuteRequest,
  ExecutionResult,
  Operations,
  workflowExecution,
} from '@flowwire/contract/workflow-execution';
import {
  type EventLog,
  InvalidInputsError,
  isFinal,
  type JsonObject,
  newId,
  type PageRequest,
  QueueFullError,
  type RunFilter,
  type RunService,
  type RunStore,
  type RunSummary,
  type SchemaProblem,
  type StoredWorkflow,
  validateDefinition,
  type WorkflowDefinition,
  type WorkflowStore,
} from '@flowwire/engine';
import type { Handlers } from '@flowwire/koa';
import type { Principal } from '../../identity/principal.ts';
import { frameMaker, toFinishedRun } from './dialect.ts';
import { createOnce, fingerprint, idOfKey } from './idempotency.ts';
import { toNodeExecutions } from './nodes.ts';
import { toExecution, toState, toWorkflow, toWorkflowSummary } from './records.ts';
import {
  type CursorPlace,
  cursorAhead,
  cursorWithoutKey,
  faults,
  IN_HEADER,
  IN_QUERY,
  keyReused,
  listed,
  noExecution,
  noWorkflow,
  refusal,
  toCursor,
} from './refusals.ts';

/** Operations of the document that await what they need of the engine. They are answered 501. */
export const UNIMPLEMENTED = [
  'pauseExecution',
  'resumeExecution',
  'answerExecution',
  'listQueue',
  'getExecutionStats',
] as const;

/** What the operations of this API need of the rest of the server: ports only. */
export interface WorkflowExecutionDeps {
  readonly service: RunService;
  readonly runs: RunStore;
  readonly log: EventLog;
  readonly workflows: WorkflowStore;
  /** What is wrong with a JSON Schema. */
  readonly checkSchema: (schema: object) => readonly SchemaProblem[];
  readonly now: () => number;
  readonly defaults: { readonly timeoutMs: number; readonly disconnectGraceMs: number };
}

const DEFAULT_PRIORITY = 5;
const DEFAULT_PAGE = 20;
const NODE_EVENTS = ['node_started', 'node_retry', 'node_finished'] as const;

/** Operations of the workflow-execution API. */
export function createWorkflowExecutionHandlers(deps: WorkflowExecutionDeps) {
  const { service, runs, log, workflows, checkSchema, now, defaults } = deps;

  /** Starts the run that a request asks for, or finds the one that the same request started before. */
  async function start(request: {
    workflow: StoredWorkflow;
    body: ExecuteRequest;
    principal: Principal;
    key: string | undefined;
  }) {
    const { workflow, body, principal, key } = request;
    try {
      const started = await service.start({
        tenantId: principal.tenantId,
        workflowId: workflow.id,
        userId: body.user ?? principal.keyId,
        definition: workflow.definition,
        // Sound: the body was JSON text, so its values are JSON values.
        inputs: body.inputs as JsonObject,
        priority: body.priority ?? DEFAULT_PRIORITY,
        timeoutMs: body.timeout_ms ?? defaults.timeoutMs,
        onDisconnect: body.on_disconnect ?? 'cancel',
        disconnectGraceMs: body.disconnect_grace_ms ?? defaults.disconnectGraceMs,
        ...(key === undefined ? {} : { idempotency: { key, fingerprint: fingerprint(workflow.id, body) } }),
      });
      if (started.outcome !== 'conflict') return { run: started.run };
      return keyReused();
    } catch (error) {
      if (error instanceof InvalidInputsError) {
        const details = error.problems.map(({ pointer, code, message }) => ({
          in: 'body' as const,
          pointer: `/inputs${pointer}`,
          code,
          message,
        }));
        return refusal(400, 'invalid_inputs', `The inputs have ${faults(details.length)}.`, details);
      }
      if (error instanceof QueueFullError) {
        return {
          ...refusal(429, 'queue_full', 'Too many runs wait already. Try again later.'),
          headers: { 'Retry-After': '5' },
        };
      }
      throw error;
    }
  }

  /** The stream of a run's events after `cursor`; 204 when none can follow. */
  function events(run: RunSummary, cursor: number, where: CursorPlace = IN_HEADER) {
    if (cursor > run.lastSeq) return cursorAhead(cursor, run, where);
    if (isFinal(run.state) && cursor === run.lastSeq) return { status: 204 as const };
    return {
      status: 200 as const,
      stream: service.follow(run, cursor, frameMaker(run)),
      headers: { 'X-Execution-Id': run.id },
    };
  }

  return {
    listWorkflows: ({ query, context }) =>
      listed(async () => {
        const page = await workflows.list(context.tenantId, toPageRequest(query));
        return { status: 200 as const, body: toPage(page, toWorkflowSummary) };
      }),

    async createWorkflow({ headers, body, context }) {
      const faulty = validateDefinition(body);
      // A schema is walked only when the definition around it is sound: it may be too deep to walk.
      const findings = faulty.length > 0 ? faulty : schemaFindings(body, checkSchema);
      if (findings.length > 0) {
        const details = findings.map(({ pointer, code, message, nodeId }) => ({
          in: 'body' as const,
          pointer,
          code,
          message,
          ...(nodeId === undefined ? {} : { node_id: nodeId }),
        }));
        return refusal(422, 'invalid_definition', `The definition has ${faults(details.length)}.`, details);
      }
      const key = headers['Idempotency-Key'];
      const at = now();
      const workflow: StoredWorkflow = {
        id: key === undefined ? newId('wf', at) : idOfKey(context.tenantId, key),
        tenantId: context.tenantId,
        version: 1,
        definition: body,
        createdAt: at,
        updatedAt: at,
      };
      const stored = await createOnce(workflows, workflow);
      if (!isDeepStrictEqual(stored.definition, workflow.definition)) return keyReused();
      return {
        status: 201,
        body: toWorkflow(stored),
        headers: { Location: `/api/workflow/${stored.id}` },
      };
    },

    async getWorkflow({ path, context }) {
      const workflow = await workflows.get(context.tenantId, path.id);
      return workflow ? { status: 200, body: toWorkflow(workflow) } : noWorkflow(path.id);
    },

    async executeWorkflow({ path, headers, body, context, signal }) {
      const unusable = cursorWithoutKey(headers);
      if (unusable) return unusable;
      const workflow = await workflows.get(context.tenantId, path.id);
      if (!workflow) return noWorkflow(path.id);
      const started = await start({ workflow, body, principal: context, key: headers['Idempotency-Key'] });
      if (!('run' in started)) return started;
      const { run } = started;
      if (body.response_mode !== 'blocking') return events(run, toCursor(headers['Last-Event-ID']));
      return {
        status: 200,
        body: await waitFor(service, run, signal),
        headers: { 'X-Execution-Id': run.id },
      };
    },

    async streamWorkflowExecution({ path, headers, body, context }) {
      const unusable = cursorWithoutKey(headers);
      if (unusable) return unusable;
      const workflow = await workflows.get(context.tenantId, path.id);
      if (!workflow) return noWorkflow(path.id);
      const started = await start({ workflow, body, principal: context, key: headers['Idempotency-Key'] });
      if (!('run' in started)) return started;
      return events(started.run, toCursor(headers['Last-Event-ID']));
    },

    listExecutions: ({ query, context }) =>
      listed(async () => {
        const page = await runs.list(context.tenantId, toFilter(query), toPageRequest(query));
        return { status: 200 as const, body: toPage(page, toExecution) };
      }),

    async getExecution({ path, context }) {
      const run = await runs.get(context.tenantId, path.execution_id);
      const definition = run && (await runs.definition(run.id));
      if (!run || !definition) return noExecution(path.execution_id);
      const told = await log.readTypes(run.id, NODE_EVENTS);
      return { status: 200, body: { ...toExecution(run), nodes: toNodeExecutions(run, definition, told) } };
    },

    async followExecution({ path, query, headers, context }) {
      const run = await runs.get(context.tenantId, path.execution_id);
      if (!run) return noExecution(path.execution_id);
      const header = headers['Last-Event-ID'];
      return events(
        run,
        toCursor(header ?? query.last_event_id),
        header === undefined ? IN_QUERY : IN_HEADER,
      );
    },

    async cancelExecution({ path, context }) {
      const run = await runs.get(context.tenantId, path.execution_id);
      if (!run) return noExecution(path.execution_id);
      if (isFinal(run.state)) {
        return refusal(409, 'execution_ended', `Execution ${run.id} has ended already.`);
      }
      const asked = await service.cancel(context.tenantId, run.id);
      return { status: 202, body: toExecution(asked ?? run) };
    },
  } satisfies Handlers<typeof workflowExecution, Principal, (typeof UNIMPLEMENTED)[number]>;
}

/** Faults of the schemas within a definition. */
const schemaFindings = (definition: WorkflowDefinition, check: WorkflowExecutionDeps['checkSchema']) =>
  (['inputs', 'outputs'] as const).flatMap((name) => {
    const schema = definition[name];
    if (!schema) return [];
    return check(schema).map(({ pointer, message }) => ({
      pointer: `/${name}${pointer}`,
      code: 'invalid_schema',
      message,
      nodeId: undefined,
    }));
  });

async function waitFor(service: RunService, run: RunSummary, signal: AbortSignal): Promise<ExecutionResult> {
  const ended = await service.result(run, signal);
  return { workflow_run_id: run.id, task_id: run.id, data: toFinishedRun(ended) };
}

const toPageRequest = ({
  limit = DEFAULT_PAGE,
  cursor,
}: {
  limit?: number;
  cursor?: string;
}): PageRequest => ({
  limit,
  ...(cursor === undefined ? {} : { cursor }),
});

type ExecutionFilter = NonNullable<Operations['listExecutions']['input']['query']>;

const toFilter = ({ workflow_id, status, created_after, created_before }: ExecutionFilter): RunFilter => ({
  ...(workflow_id === undefined ? {} : { workflowId: workflow_id }),
  ...(status === undefined ? {} : { states: [toState(status)] }),
  ...(created_after === undefined ? {} : { createdAfter: created_after * 1000 }),
  ...(created_before === undefined ? {} : { createdBefore: created_before * 1000 }),
});

function toPage<Row, Item>(page: { items: readonly Row[]; nextCursor?: string }, toItem: (row: Row) => Item) {
  const { items, nextCursor } = page;
  return {
    data: items.map(toItem),
    has_more: nextCursor !== undefined,
    ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
  };
}
