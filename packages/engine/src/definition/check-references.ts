import { SYS_FIELDS } from './outputs.ts';
import { parseReferences, type Reference, stringsIn } from './references.ts';
import { type Finding, reach, type Subject, shorten } from './subject.ts';
import type { WorkflowNode } from './types.ts';

const MAX_NAMES = 10;
const MAX_NAME = 100;

/** References that are misspelt, or name what a node cannot know when it runs. */
export function* checkReferences(subject: Subject): Generator<Finding> {
  for (const [index, node] of subject.definition.nodes.entries()) {
    const before = reach([node.id], (id) => (subject.incoming.get(id) ?? []).map(({ from }) => from));
    for (const { text, pointer } of interpolatedStrings(node, `/nodes/${index}`)) {
      for (const segment of parseReferences(text)) {
        if (segment.type === 'literal') {
          if (!segment.text.includes('{{')) continue;
          const message = 'a reference is written {{ node.field }}';
          yield { code: 'invalid_reference', message, pointer, nodeId: node.id };
          continue;
        }
        const problem = referenceProblem(segment.reference, node, before, subject);
        if (!problem) continue;
        const message = `${segment.source}: ${problem}`;
        yield { code: 'unresolved_reference', message, pointer, nodeId: node.id };
      }
    }
  }
}

/** The strings of a node in which references are replaced. */
function* interpolatedStrings(node: WorkflowNode, at: string): Generator<{ text: string; pointer: string }> {
  switch (node.type) {
    case 'start':
      return;
    case 'end':
      return yield* stringsIn(node.outputs, `${at}/outputs`);
    case 'answer':
      return yield* stringsIn(node.template, `${at}/template`);
    case 'llm':
      for (const [index, { content }] of node.messages.entries()) {
        yield { text: content, pointer: `${at}/messages/${index}/content` };
      }
      return;
    case 'template':
      return yield* stringsIn(node.variables, `${at}/variables`);
    case 'condition':
      for (const [index, { conditions }] of node.cases.entries()) {
        for (const [place, { left, right }] of conditions.entries()) {
          const pointer = `${at}/cases/${index}/conditions/${place}`;
          yield* stringsIn(left, `${pointer}/left`);
          yield* stringsIn(right, `${pointer}/right`);
        }
      }
      return;
    case 'http':
      yield { text: node.url, pointer: `${at}/url` };
      yield* stringsIn(node.headers, `${at}/headers`);
      yield* stringsIn(node.query, `${at}/query`);
      yield* stringsIn(node.body?.content, `${at}/body/content`);
      return;
    case 'code':
      return yield* stringsIn(node.inputs, `${at}/inputs`);
    default:
      node satisfies never;
  }
}

function referenceProblem(
  { nodeId, path }: Reference,
  user: WorkflowNode,
  before: ReadonlySet<string>,
  { nodes, fieldsOf }: Subject,
): string | undefined {
  const field = String(path[0]);
  if (nodeId === 'sys')
    return SYS_FIELDS.includes(field) ? undefined : `sys has ${SYS_FIELDS.join(', ')} only`;
  const source = nodes.get(nodeId);
  if (!source) return `there is no node ${nodeId}`;
  if (nodeId === user.id || !before.has(nodeId)) return `${nodeId} does not run before ${user.id}`;
  const fields = fieldsOf(source);
  if (!fields || fields.has(field)) return undefined;
  return `${nodeId} has no output ${field}${fields.size > 0 ? `, only ${listNames(fields)}` : ''}`;
}

function listNames(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, MAX_NAMES).map((name) => shorten(name, MAX_NAME));
  const more = names.size - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
