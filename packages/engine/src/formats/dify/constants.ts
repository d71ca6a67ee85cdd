import type { WorkflowDefinition } from '../../definition/types.ts';
import { secretName } from '../secrets.ts';
import type { Shared } from './conversion.ts';
import { at, isTrueAt, itemsAt, numberAt, type Place, textAt } from './place.ts';

const FEATURES = [
  'suggested_questions_after_answer',
  'speech_to_text',
  'text_to_speech',
  'sensitive_word_avoidance',
  'annotation_reply',
];

/** The constants of a file. Secrets among them are moved away. */
export function readEnvironment(shared: Shared): Record<string, unknown> {
  const constants = new Map<string, unknown>();
  for (const variable of itemsAt(shared.file.root, 'workflow', 'environment_variables')) {
    const name = textAt(variable, 'name') ?? '';
    if (name === '') shared.report.problem('an environment variable has no name', variable);
    else if (textAt(variable, 'value_type') === 'secret') moveVariable(name, variable, shared);
    else constants.set(name, constantOf(variable));
  }
  return Object.fromEntries(constants);
}

function constantOf(variable: Place): unknown {
  if (textAt(variable, 'value_type') === 'number') return numberAt(variable, 'value') ?? null;
  return at(variable, 'value').value ?? null;
}

function moveVariable(name: string, variable: Place, { report, moveSecret }: Shared): void {
  const value = textAt(variable, 'value') ?? '';
  const wanted = `{{ secret.${secretName(name)} }}`;
  if (value === '') {
    // Dify leaves the values of secrets out, unless it is asked to export them.
    report.note(`create the secret ${secretName(name)}: its value is not in the file`, variable);
  } else if (moveSecret(name, value, at(variable, 'value')) !== wanted) {
    report.problem(`two secrets would both be called ${secretName(name)}`, variable);
  }
}

/** The variables of a conversation. */
export function readVariableDeclarations({ file, report }: Shared): WorkflowDefinition['variables'] {
  const variables = new Map<string, NonNullable<WorkflowDefinition['variables']>[string]>();
  for (const variable of itemsAt(file.root, 'workflow', 'conversation_variables')) {
    const name = textAt(variable, 'name') ?? '';
    if (name === '') report.problem('a conversation variable has no name', variable);
    const description = textAt(variable, 'description')?.slice(0, 4_000);
    variables.set(name, {
      scope: 'conversation',
      default: at(variable, 'value').value ?? null,
      ...(description && { description }),
    });
  }
  return Object.fromEntries(variables);
}

/** What of the app is no part of a workflow here. */
export function noteFeatures({ file, report }: Shared): void {
  const features = at(file.root, 'workflow', 'features');
  const names = FEATURES.filter((name) => isTrueAt(features, name, 'enabled'));
  if (textAt(features, 'opening_statement')) names.unshift('opening_statement');
  if (itemsAt(features, 'suggested_questions').length > 0) names.push('suggested_questions');
  if (names.length > 0)
    report.note(`these features of the app are not imported: ${names.join(', ')}`, features);
}
