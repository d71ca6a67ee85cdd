import { expect, test } from 'vitest';
import { camelCase, pascalCase, validatorName } from './names.ts';

test.each([
  ['workflow-execution', 'WorkflowExecution', 'workflowExecution'],
  ['executeWorkflow-200', 'ExecuteWorkflow200', 'executeWorkflow200'],
  ['HTTPNode', 'HTTPNode', 'httpNode'],
  ['snake_case_name', 'SnakeCaseName', 'snakeCaseName'],
  ['3d', '_3D', '_3D'],
])('%s becomes %s and %s', (given, pascal, camel) => {
  expect(pascalCase(given)).toBe(pascal);
  expect(camelCase(given)).toBe(camel);
});

test('a schema named like a word of the language gets another validator name', () => {
  expect(validatorName('Default')).toBe('default_');
  expect(validatorName('Workflow')).toBe('workflow');
});
