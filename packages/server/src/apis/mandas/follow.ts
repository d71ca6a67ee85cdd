import { isFinal, type RunSummary, type WorkflowDefinition } from '@flowwire/engine';
import { agentsOf, createSteps } from './agents.ts';
import type { MandasDeps, Part } from './deps.ts';
import { frameMaker, queuedFrame, toStatus } from './dialect.ts';
import { findRun } from './find-run.ts';
import { framesOf } from './frames.ts';
import { noRun, refusal } from './refusals.ts';

const IN_HEADER = { in: 'header', pointer: '/Last-Event-ID' } as const;
const IN_QUERY = { in: 'query', pointer: '/last_event_id' } as const;

/** Streams the events of a run or task. */
export function createFollowHandlers({ service, runs, log }: MandasDeps): Part<'followRun'> {
  /** What the events after `cursor` are told with: the agents that began before it have their numbers. */
  async function toldAfter(run: RunSummary, definition: WorkflowDefinition, cursor: number) {
    const agents = agentsOf(definition);
    const steps = createSteps(agents);
    // Only a run that takes over outputs of another one has agents that end without a begin.
    const types = run.reuse ? (['node_started', 'node_finished'] as const) : (['node_started'] as const);
    const before = cursor === 0 ? [] : await log.readTypes(run.id, types);
    for (const stored of before) if (stored.seq <= cursor) steps.note(stored);
    // Not the whole record: a reader may be idle for long.
    return { run: { id: run.id, workflowId: run.workflowId }, agents, steps };
  }

  return {
    async followRun({ path: { run_id: id }, query, headers, context: { tenantId } }) {
      const run = await findRun(runs, tenantId, id, 'workflow', 'task');
      const plan = run && (await runs.plan(id));
      if (!run || !plan) return noRun(id);
      const header = headers['Last-Event-ID'];
      const cursor = Number(header ?? query.last_event_id ?? 0);
      if (cursor > run.lastSeq) return ahead(run, cursor, header === undefined ? IN_QUERY : IN_HEADER);
      if (isFinal(run.state) && cursor === run.lastSeq) return { status: 204 };
      if (cursor < run.prunedSeq) return expired(run);
      const reader = service.follow(run, cursor, frameMaker(await toldAfter(run, plan.definition, cursor)));
      const hasBegun = run.state !== 'queued' || run.lastSeq > 0;
      return { status: 200, stream: framesOf(reader, hasBegun ? undefined : queuedFrame(run)) };
    },
  };
}

const ahead = (run: RunSummary, cursor: number, where: typeof IN_HEADER | typeof IN_QUERY) =>
  refusal(400, 'INVALID_EVENT_ID', `The run has no event ${cursor} yet.`, {
    run_id: run.id,
    findings: [{ ...where, code: 'maximum', message: `must be at most ${run.lastSeq}` }],
  });

const expired = (run: RunSummary) =>
  refusal(410, 'EVENTS_EXPIRED', `Events of this run up to ${run.prunedSeq} are no longer kept.`, {
    run_id: run.id,
    status: toStatus(run.state),
  });
