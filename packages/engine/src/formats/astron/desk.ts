import { shorten } from '../../definition/subject.ts';
import type { WorkflowNode } from '../../definition/types.ts';
import type { AstronInput, AstronNode } from './flow.ts';
import type { Desk } from './handler.ts';
import { createReferences, quote, type References, type Sources } from './references.ts';
import { plainType } from './schema.ts';
import { breakBraces, literalText, plainValue, type Replacement, replacePlaceholders } from './template.ts';

/** What a desk asks of the whole mapping. */
export interface Mapping
  extends Sources,
    Pick<Desk, 'body' | 'inner' | 'declare' | 'isRead' | 'container' | 'problem'> {}

/** A desk, and what was laid down on it. */
export interface UsedDesk {
  readonly desk: Desk;
  readonly notes: ReadonlySet<string>;
  /** Nodes that have to run before the handler's own. */
  readonly before: readonly WorkflowNode[];
}

const MAX_TITLE = 200;
const BRACES = 'text in double braces that names no input stays text, and is written { { } } here';

export function createDesk(node: AstronNode, id: string, mapping: Mapping): UsedDesk {
  const notes = new Set<string>();
  const references = createReferences(id, mapping);
  const replace = createReplacer(node, references, mapping);
  const plain = (text: string): string => {
    if (text.includes('{{')) notes.add(BRACES);
    return breakBraces(text);
  };
  const desk: Desk = {
    ...mapping,
    id,
    title: node.title === '' ? {} : { title: shorten(node.title, MAX_TITLE - 3) },
    value(input) {
      if (input.value.kind === 'literal')
        return plainValue(literalOf(input.value.content, input.type), plain);
      return wrap(references.ofInput(input));
    },
    first(value, type) {
      if (value.kind === 'literal') return plainValue(literalOf(value.content, type), plain);
      return wrap(references.ofFirst(value));
    },
    text: (template) => replacePlaceholders(template, replace, plain),
    plain,
    note: (message) => void notes.add(message),
  };
  return { desk, notes, before: references.before };
}

const wrap = (reference: string | undefined): string | null =>
  reference === undefined ? null : `{{ ${reference} }}`;

/** Templates see the node's inputs by name. */
function createReplacer(node: AstronNode, references: References, { problem }: Sources) {
  const inputs = new Map<string, AstronInput>(node.inputs.map((input) => [input.name, input]));
  return (name: string, path: string): Replacement | undefined => {
    const input = inputs.get(name);
    if (!input) return undefined;
    if (path.includes('[-')) problem(`${quote(name + path)} counts from the end of a list; take a code node`);
    if (input.value.kind === 'literal') {
      return { literal: literalText(literalOf(input.value.content, input.type), path) };
    }
    const reference = references.ofInput(input);
    return reference === undefined ? { literal: '' } : { reference: `{{ ${reference}${path} }}` };
  };
}

/** A literal of the type that is told; the console writes numbers, lists and objects as text. */
export function literalOf(content: unknown, type: string): unknown {
  if (typeof content !== 'string') return content ?? null;
  switch (plainType(type)) {
    case 'integer':
    case 'number':
      return content.trim() !== '' && Number.isFinite(Number(content)) ? Number(content) : content;
    case 'boolean':
      return content === 'true' || content === 'false' ? content === 'true' : content;
    case 'array':
    case 'object':
      return parseJson(content);
    default:
      return content;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
