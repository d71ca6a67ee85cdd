import type { Handler } from './handler.ts';
import { code } from './nodes/code.ts';
import { condition } from './nodes/condition.ts';
import {
  iteration,
  iterationEnd,
  iterationStart,
  loop,
  loopEnd,
  loopExit,
  loopStart,
} from './nodes/containers.ts';
import { agent, classifier, extractor, llm } from './nodes/models.ts';
import { question } from './nodes/question.ts';
import { subflow } from './nodes/subflow.ts';
import { end, message, start, textJoiner } from './nodes/text.ts';
import { aggregation, variable } from './nodes/variables.ts';

/** The node types that can be imported, by what stands before `::` in their ids. */
export const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ['node-start', start],
  ['node-end', end],
  ['message', message],
  ['spark-llm', llm],
  ['decision-making', classifier],
  ['extractor-parameter', extractor],
  ['agent', agent],
  ['if-else', condition],
  ['ifly-code', code],
  ['text-joiner', textJoiner],
  ['node-variable', variable],
  ['variable-aggregation', aggregation],
  ['question-answer', question],
  ['flow', subflow],
  ['iteration', iteration],
  ['iteration-node-start', iterationStart],
  ['iteration-node-end', iterationEnd],
  ['loop', loop],
  ['loop-node-start', loopStart],
  ['loop-node-end', loopEnd],
  ['loop-exit', loopExit],
]);
