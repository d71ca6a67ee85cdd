import type { ApiModel } from '../model/api.ts';
import { formatProblem, inReadingOrder, type Problem } from '../problems.ts';
import type { MockSource } from './api.ts';
import { type ChannelPlan, planChannel } from './channel-plan.ts';
import { createContract, type MockContract } from './contract.ts';
import { describeFaults } from './faults.ts';
import { type OperationPlan, type PlannedReply, planOperation } from './plan.ts';
import { servable } from './servable.ts';

/** All that one API is answered with. */
export interface ApiPlan {
  readonly source: MockSource;
  /** What of the model is served. */
  readonly model: ApiModel;
  readonly contract: MockContract;
  /** By operationId. */
  readonly operations: ReadonlyMap<string, OperationPlan>;
  readonly channels: readonly ChannelPlan[];
  /** Why something is not served, a sentence each. */
  readonly left: readonly string[];
  /** What is left out of the documents. */
  readonly warnings: readonly Problem[];
  /** Examples that are not what they should be. */
  readonly exampleFaults: readonly Problem[];
}

/** Plans the answers of an API. Examples are read and checked here. */
export function planApi(source: MockSource): ApiPlan {
  const { documents } = source;
  const { model, left } = servable(source.model);
  const warnings = inReadingOrder(documents.problems);
  const operations = model.operations.map((operation): [string, OperationPlan] => [
    operation.operationId,
    planOperation(operation, source),
  ]);
  const channels = model.channels.map((channel) => planChannel(channel, source));
  const known = new Set(warnings.map(formatProblem));
  const exampleFaults = inReadingOrder(documents.problems).filter(
    (problem) => !known.has(formatProblem(problem)),
  );
  const contract = createContract(model, source.validators);
  return {
    source,
    model,
    contract,
    operations: new Map(operations),
    channels,
    left,
    warnings,
    exampleFaults,
  };
}

function faultsOf({ status, content, stream }: PlannedReply): string[] {
  const made = content
    .filter(({ examples }) => examples.length === 0)
    .map((one) => ({ what: `${status} ${one.mediaType}`, errors: one.made().errors }));
  const frames = stream ? [{ what: `${status} text/event-stream`, errors: stream.usual().errors }] : [];
  return [...made, ...frames].flatMap(({ what, errors }) =>
    errors.length > 0 ? [`${what}: no value was found that fits the schema: ${describeFaults(errors)}.`] : [],
  );
}

/** Makes every answer that has no example, and tells what does not fit, a sentence each. */
export const checkPlan = ({ operations, channels }: ApiPlan): string[] => [
  ...[...operations].flatMap(([operationId, { replies }]) =>
    [...replies.values()].flatMap((reply) => faultsOf(reply).map((fault) => `${operationId} ${fault}`)),
  ),
  ...channels.flatMap(({ channel, faults }) => faults.map((fault) => `${channel.name} ${fault}`)),
];
