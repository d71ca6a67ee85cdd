const words = (text: string): string[] =>
  text.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}[\p{Lo}\p{M}]*|\p{Nd}+/gu) ?? [];

const capitalize = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `workflow-execution` becomes `WorkflowExecution`; a leading digit gets an underscore. */
export const pascalCase = (text: string): string =>
  words(text)
    .map(capitalize)
    .join('')
    .replace(/^\p{Nd}/u, '_$&');

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

/** Type names that generated code needs for itself. */
const RESERVED_TYPES = new Set(
  (
    'Blob CallOptions Channels Contract EventStream Exclude Extract InputOf NonNullable Omit Operations Partial Pick ' +
    'Promise Readonly Record Required SchemaError ServerContract Socket SocketOptions StreamOptions Validator'
  ).split(' '),
);

/** Gives each schema a name of its own, for its type and its validator. The same order yields the same names. */
export interface Names {
  /** `wanted` as it is or, where that is taken, the next of the names that it leads to. */
  claim(wanted: string, ...others: readonly string[]): string;
}

/** The name of the type for a schema called `key`: as it is when it looks like a type, else in PascalCase. */
export function typeName(key: string): string {
  if (/^[A-Z_$][\w$]*$/.test(key)) return key;
  return pascalCase(key) || 'Schema';
}

export function createNames(): Names {
  const taken = new Set<string>();
  /** The number that was tried last for a name, so that a thousand namesakes do not cost a million tries. */
  const counts = new Map<string, number>();
  const isFree = (name: string): boolean => !RESERVED_TYPES.has(name) && !taken.has(validatorName(name));

  function numbered(name: string): string {
    const stem = /\d$/.test(name) ? `${name}_` : name;
    for (let count = (counts.get(name) ?? 1) + 1; ; count += 1) {
      counts.set(name, count);
      if (isFree(`${stem}${count}`)) return `${stem}${count}`;
    }
  }

  return {
    claim(wanted, ...others) {
      const candidates = [wanted, ...others, ...(RESERVED_TYPES.has(wanted) ? [`${wanted}Schema`] : [])];
      const name = candidates.find(isFree) ?? numbered(wanted);
      taken.add(validatorName(name));
      return name;
    },
  };
}
