import type { NodeInfo } from '@flowwire/contract/astron';
import type { NodeFinished, NodeStarted, TokenUsage } from '@flowwire/engine';
import type { Errors } from '../errors.ts';
import type { FlowView, ViewedNode } from './flow-view.ts';
import { toUsage } from './frames.ts';
import { errorNameOf } from './run-errors.ts';

/** Why a node or a run failed, in this API's numbers. */
export interface Failure {
  readonly code: number;
  readonly message: string;
}

/** What the nodes of a debugged flow do. In a run one or several nodes stand for each of them. */
export interface DebugNodes {
  /** The node that begins; undefined for one that is not the flow's own, or has begun already. */
  begin(event: NodeStarted, at: number): NodeInfo | undefined;
  /** The node that ends; undefined for one that goes on. */
  end(event: NodeFinished, at: number): { readonly node: NodeInfo; readonly failure?: Failure } | undefined;
  /** A node that asks something. */
  asking(nodeId: string, scope: string | undefined, at: number): NodeInfo | undefined;
  /**
   * A node that says something. One that does so before it begins, begins with it; else its inputs are told already, and
   * not again with each word.
   */
  saying(nodeId: string, scope: string | undefined, at: number): NodeInfo | undefined;
}

interface AtWork {
  readonly viewed: ViewedNode;
  readonly startedAt: number;
  tokens: TokenUsage;
}

const NO_TOKENS: TokenUsage = { prompt: 0, completion: 0 };
const MODEL_TYPES: ReadonlySet<string> = new Set(['llm', 'classifier', 'extractor', 'agent']);

// One closure over the nodes at work in one reading of a log.
export function createDebugNodes(view: FlowView, errors: Errors): DebugNodes {
  const values = view.seeValues();
  const atWork = new Map<string, AtWork>();

  const find = (nodeId: string, scope: string | undefined): AtWork | undefined => {
    const viewed = view.nodeOf(nodeId, scope);
    return viewed && atWork.get(keyOf(viewed, scope));
  };

  const headOf = ({ viewed, startedAt }: AtWork, at: number) => ({
    id: viewed.id,
    alias_name: viewed.aliasName,
    outputs: {},
    error_outputs: {},
    executed_time: secondsBetween(startedAt, at),
  });

  const infoOf = (work: AtWork, scope: string | undefined, at: number): NodeInfo => ({
    ...headOf(work, at),
    inputs: { ...work.viewed.inputs(values.at(scope)) },
  });

  const extensionOf = ({ type }: ViewedNode, { nodeId, nodeType, outputs }: NodeFinished) => {
    if (type === 'node-end') return { ext: { answer_mode: view.answersAsJson(nodeId) ? 0 : 1 } };
    const hasText = MODEL_TYPES.has(nodeType) && typeof outputs.text === 'string';
    return hasText ? { ext: { raw_output: String(outputs.text) } } : {};
  };

  const add = (nodeId: string, scope: string | undefined, at: number): AtWork | undefined => {
    const viewed = view.nodeOf(nodeId, scope);
    if (!viewed) return undefined;
    const work: AtWork = { viewed, startedAt: at, tokens: NO_TOKENS };
    atWork.set(keyOf(viewed, scope), work);
    return work;
  };

  return {
    begin({ nodeId, scope }, at) {
      const work = find(nodeId, scope) ? undefined : add(nodeId, scope, at);
      return work && infoOf(work, scope, at);
    },

    end(event, at) {
      const { nodeId, nodeType, scope, tokens, error } = event;
      values.take(event);
      const work = find(nodeId, scope);
      if (!work) return undefined;
      const { viewed } = work;
      work.tokens = sum(work.tokens, tokens);
      if (!isLast(viewed, event)) return undefined;
      atWork.delete(keyOf(viewed, scope));
      const failure = error && {
        code: errors.code(errorNameOf(error, { nodeId, nodeType, flowType: viewed.type })),
        message: error.message,
      };
      const node: NodeInfo = {
        ...infoOf(work, scope, at),
        finish_reason: 'stop',
        outputs: failure ? {} : { ...viewed.outputs(values.at(scope)) },
        error_outputs: toErrorOutputs(failure),
        ...extensionOf(viewed, event),
        ...(work.tokens.prompt + work.tokens.completion > 0 && { usage: toUsage(work.tokens) }),
      };
      return { node, ...(failure && { failure }) };
    },

    asking(nodeId, scope, at) {
      const work = find(nodeId, scope) ?? add(nodeId, scope, at);
      return work && infoOf(work, scope, at);
    },

    saying(nodeId, scope, at) {
      const known = find(nodeId, scope);
      if (known) return { ...headOf(known, at), inputs: {} };
      const begun = add(nodeId, scope, at);
      return begun && infoOf(begun, scope, at);
    },
  };
}

const keyOf = ({ id }: ViewedNode, scope = ''): string => JSON.stringify([scope, id]);

/** A node that fails is followed by no other that stands for the same one, but for the one with its default outputs. */
const isLast = ({ nodeIds }: ViewedNode, { nodeId, error }: NodeFinished): boolean =>
  nodeIds.at(-1) === nodeId || (error !== undefined && !nodeIds.includes(`${nodeId}_result`));

const sum = (one: TokenUsage, other: TokenUsage): TokenUsage => ({
  prompt: one.prompt + other.prompt,
  completion: one.completion + other.completion,
});

export const toErrorOutputs = (failure: Failure | undefined) =>
  failure ? { errorCode: failure.code, errorMessage: failure.message } : {};

/** With milliseconds. */
export const secondsBetween = (begin: number, end: number): number => Math.max(0, end - begin) / 1000;
