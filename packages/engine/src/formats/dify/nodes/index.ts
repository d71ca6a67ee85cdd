import type { Convert } from '../conversion.ts';
import { convertCode } from './code.ts';
import { convertCondition } from './condition.ts';
import { convertIteration, convertLoop, convertLoopEnd } from './containers.ts';
import { convertHttp } from './http.ts';
import { convertListOperator } from './list-operator.ts';
import { convertLlm } from './llm.ts';
import { convertQuestion } from './question.ts';
import { convertClassifier, convertExtractor } from './reading.ts';
import { convertStart } from './start.ts';
import { convertAnswer, convertEnd, convertTemplate } from './text.ts';
import { convertTool, convertUnsupported } from './unsupported.ts';
import { convertAggregator, convertAssigner } from './values.ts';

/** What converts each node type of Dify. */
const CONVERTERS: ReadonlyMap<string, Convert> = new Map([
  ['start', convertStart],
  ['end', convertEnd],
  ['answer', convertAnswer],
  ['llm', convertLlm],
  ['if-else', convertCondition],
  ['code', convertCode],
  ['template-transform', convertTemplate],
  ['http-request', convertHttp],
  ['variable-aggregator', convertAggregator],
  ['variable-assigner', convertAggregator],
  ['assigner', convertAssigner],
  ['iteration', convertIteration],
  ['loop', convertLoop],
  ['loop-end', convertLoopEnd],
  ['parameter-extractor', convertExtractor],
  ['question-classifier', convertClassifier],
  ['human-input', convertQuestion],
  ['list-operator', convertListOperator],
  ['tool', convertTool],
]);

export const converterOf = (type: string): Convert => CONVERTERS.get(type) ?? convertUnsupported;
