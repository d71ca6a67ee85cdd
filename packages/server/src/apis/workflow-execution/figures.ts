import type {
  ExecutionFigures,
  ExecutionStats,
  NodeFigures as WireNodeFigures,
} from '@flowwire/contract/workflow-execution';
import type { NodeFigures, RunFigures, Stats } from '@flowwire/engine';
import { toTokenCounts } from './dialect.ts';

/** Statistics in the words of this API. */
export const toStats = ({
  totals,
  byWorkflow,
  byNode,
  byDay,
}: Stats): Omit<ExecutionStats, 'created_after' | 'created_before'> => ({
  totals: toFigures(totals),
  ...(byWorkflow && {
    by_workflow: byWorkflow.map(({ workflowId, name, figures }) => ({
      workflow_id: workflowId,
      ...(name === undefined ? {} : { name }),
      figures: toFigures(figures),
    })),
  }),
  ...(byNode && { by_node: byNode.map(toNodeFigures) }),
  ...(byDay && { by_day: byDay.map(({ date, figures }) => ({ date, figures: toFigures(figures) })) }),
});

function toFigures({
  runs,
  byState,
  successRate,
  elapsedMs,
  queuedMs,
  tokens,
}: RunFigures): ExecutionFigures {
  const { succeeded: success, ...others } = byState;
  return {
    executions: runs,
    by_status: { success, ...others },
    ...(successRate === undefined ? {} : { success_rate: successRate }),
    ...(elapsedMs && { execution_time_ms: { ...elapsedMs } }),
    ...(queuedMs && { queue_time_ms: { ...queuedMs } }),
    tokens: toTokenCounts(tokens),
  };
}

const toNodeFigures = (node: NodeFigures): WireNodeFigures => ({
  workflow_id: node.workflowId,
  node_id: node.nodeId,
  node_type: node.nodeType,
  title: node.title,
  executions: node.runs,
  succeeded: node.succeeded,
  failed: node.failed,
  cancelled: node.cancelled,
  retries: node.retries,
  ...(node.runs === 0 ? {} : { success_rate: node.succeeded / node.runs }),
  ...(node.elapsedMs && { execution_time_ms: { ...node.elapsedMs } }),
  tokens: toTokenCounts(node.tokens),
});
