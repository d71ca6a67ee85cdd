import { expect, test } from 'vitest';
import { codeErrorName, errorNameOf } from './run-errors.ts';

test.each([
  ['model_busy', 'llm', 'LLM_NODE_EXECUTION_ERROR'],
  ['classification_failed', 'classifier', 'LLM_NODE_EXECUTION_ERROR'],
  ['node_timed_out', 'llm', 'NODE_RUN_TIMEOUT_ERROR'],
  ['node_timed_out', 'code', 'CODE_EXECUTION_TIMEOUT_ERROR'],
  ['code_failed', 'code', 'CODE_EXECUTION_ERROR'],
  ['invalid_outputs', 'code', 'CODE_NODE_RESULT_TYPE_ERROR'],
  ['sandbox_busy', 'code', 'CODE_REQUEST_ERROR'],
  ['invalid_pattern', 'condition', 'IF_ELSE_NODE_EXECUTION_ERROR'],
  ['invalid_items', 'iteration', 'ITERATION_EXECUTION_ERROR'],
  ['question_expired', 'question', 'QUESTION_ANSWER_NODE_EXECUTION_ERROR'],
  ['question_given_up', 'question', 'QUESTION_ANSWER_RESUME_DATA_ERROR'],
  ['unknown_workflow', 'subflow', 'WORKFLOW_EXECUTION_ERROR'],
  ['output_too_large', 'answer', 'MESSAGE_NODE_EXECUTION_ERROR'],
  ['outputs_too_large', 'end', 'END_NODE_EXECUTION_ERROR'],
  ['http_status', 'http', 'NODE_RUN_ERROR'],
  ['whatever comes', 'some new type', 'NODE_RUN_ERROR'],
  ['run_timed_out', undefined, 'OPEN_API_STREAM_QUEUE_TIMEOUT_ERROR'],
  ['server_error', undefined, 'OPEN_API_ERROR'],
  ['invalid_outputs', undefined, 'END_NODE_EXECUTION_ERROR'],
  ['poison_run', undefined, 'ENG_RUN_ERROR'],
])('%s of %s is %s', (code, nodeType, name) => {
  const node = nodeType === undefined ? undefined : { nodeId: 'one', nodeType, flowType: '' };
  expect(errorNameOf({ code }, node)).toBe(name);
});

test.each([
  ['output_too_large', 'answer', 'node-end', 'END_NODE_EXECUTION_ERROR'],
  ['output_too_large', 'answer', 'message', 'MESSAGE_NODE_EXECUTION_ERROR'],
  ['code_failed', 'code', 'ifly-code', 'CODE_EXECUTION_ERROR'],
  ['code_failed', 'code', 'text-joiner', 'NODE_RUN_ERROR'],
  ['node_timed_out', 'code', 'text-joiner', 'NODE_RUN_TIMEOUT_ERROR'],
  ['code_failed', 'code', 'iteration', 'ITERATION_EXECUTION_ERROR'],
  ['invalid_response', 'extractor', 'question-answer', 'QUESTION_ANSWER_HANDLER_RESPONSE_ERROR'],
])('%s of %s that was made of %s is %s', (code, nodeType, flowType, name) => {
  expect(errorNameOf({ code, nodeId: 'one' }, { nodeId: 'one', nodeType, flowType })).toBe(name);
});

test.each([
  ['node_timed_out', 'inner', 'WORKFLOW_EXECUTION_ERROR'],
  ['node_timed_out', 'one', 'NODE_RUN_TIMEOUT_ERROR'],
  ['question_expired', 'inner', 'WORKFLOW_EXECUTION_ERROR'],
  ['question_given_up', 'inner', 'QUESTION_ANSWER_RESUME_DATA_ERROR'],
])('%s at %s is %s of a sub-flow', (code, nodeId, name) => {
  const node = { nodeId: 'one', nodeType: 'subflow', flowType: 'flow' };
  expect(errorNameOf({ code, nodeId }, node)).toBe(name);
});

test('code that ran for itself fails as code nodes do', () => {
  expect(codeErrorName('node_timed_out')).toBe('CODE_EXECUTION_TIMEOUT_ERROR');
  expect(codeErrorName('code_memory_limit')).toBe('CODE_EXECUTION_ERROR');
});
