const words = (text: string): string[] => text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `workflow-execution` becomes `WorkflowExecution`; a leading digit gets an underscore. */
export const pascalCase = (text: string): string =>
  words(text).map(capitalize).join('').replace(/^\d/, '_$&');

/** `WorkflowEvent` becomes `workflowEvent`, `HTTPNode` becomes `httpNode`. */
export const camelCase = (text: string): string =>
  pascalCase(text).replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (head) => head.toLowerCase());

export const isIdentifier = (text: string): boolean => /^[A-Za-z_$][\w$]*$/.test(text);

/** Words that cannot name a constant of a module. */
const RESERVED_WORDS = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export ' +
    'extends false finally for function if implements import in instanceof interface let new null package ' +
    'private protected public return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** The name of a schema's validator. */
export function validatorName(schemaName: string): string {
  const name = camelCase(schemaName);
  return RESERVED_WORDS.has(name) ? `${name}_` : name;
}
