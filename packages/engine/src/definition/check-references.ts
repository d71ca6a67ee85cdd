import { typeOf } from '../nodes/index.ts';
import { parseReferences, type Reference, SYS_FIELDS, stringsIn } from './references.ts';
import {
  type Finding,
  type FindingCode,
  listNames,
  reach,
  type Subject,
  type SubjectGraph,
} from './subject.ts';
import type { WorkflowBody, WorkflowNode } from './types.ts';
import { bodyOf, nodesOf, type PlacedNode } from './walk.ts';

const SECRET_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

/** What references may name, with its fields; undefined where any field may exist. */
type Sight = ReadonlyMap<string, ReadonlySet<string> | undefined>;

type Strings = Generator<{ readonly text: string; readonly pointer: string }>;

/** Where a reference stands. */
interface Place {
  readonly sight: Sight;
  readonly takesSecrets: boolean;
  /** Absent for what stands outside of nodes. */
  readonly user?: PlacedNode;
}

interface Problem {
  readonly code: FindingCode;
  readonly message: string;
}

/** References that are misspelt, or name what cannot be known where they stand. */
export function* checkReferences(subject: Subject): Generator<Finding> {
  const roots = rootFields(subject);
  yield* checkStrings(toolStrings(subject), { sight: roots, takesSecrets: true }, subject);
  const sightOfBody = new Map<WorkflowBody, Sight>();
  for (const graph of subject.graphs) {
    const outside = sightOfBody.get(graph.graph) ?? roots;
    for (const user of nodesOf(graph)) {
      const { interpolated, takesSecrets = false } = typeOf(user.node);
      const sight = sightOf(user.node, graph, outside, subject);
      yield* checkStrings(stringsOf(user, interpolated), { sight, takesSecrets, user }, subject);
      const body = bodyOf(user.node);
      if (!body) continue;
      const sightInside = inside(user.node, sight);
      sightOfBody.set(body, sightInside);
      yield* checkEndOfBody(user, body, sightInside, subject);
    }
  }
}

const rootFields = ({ definition }: Subject): Sight =>
  new Map<string, ReadonlySet<string>>([
    ['sys', new Set(SYS_FIELDS)],
    ['env', new Set(Object.keys(definition.environment ?? {}))],
    ['vars', new Set(Object.keys(definition.variables ?? {}))],
  ]);

/** What a node sees: what every node of its graph sees, and the nodes before it. */
function sightOf(
  node: WorkflowNode,
  { nodes, incoming }: SubjectGraph,
  outside: Sight,
  subject: Subject,
): Sight {
  const sight = new Map(outside);
  for (const id of reach([node.id], (after) => (incoming.get(after) ?? []).map(({ from }) => from))) {
    const source = nodes.get(id);
    if (source && id !== node.id) sight.set(id, subject.fieldsOf(source));
  }
  return sight;
}

/** What every node of a body sees: what the container sees, and its bindings. */
function inside(container: WorkflowNode, sight: Sight): Sight {
  const type = typeOf(container);
  const bindings = type.kind === 'container' ? type.bindings(container) : [];
  return new Map(sight).set(container.id, new Set(bindings));
}

/** The members of a container that are evaluated inside, once the nodes of its body have ended. */
function* checkEndOfBody(
  user: PlacedNode,
  body: WorkflowBody,
  outside: Sight,
  subject: Subject,
): Generator<Finding> {
  const type = typeOf(user.node);
  if (type.kind !== 'container') return;
  const sight = new Map(outside);
  for (const node of body.nodes) sight.set(node.id, subject.fieldsOf(node));
  const strings = stringsOf(user, type.interpolatedInside ?? []);
  yield* checkStrings(strings, { sight, takesSecrets: false, user }, subject);
}

function* stringsOf({ node, pointer }: PlacedNode, members: readonly (keyof WorkflowNode)[]): Strings {
  for (const member of members) yield* stringsIn(node[member], `${pointer}/${member}`);
}

/** The strings of `tools` that requests are made of. They serve every node alike, so they can name none. */
function* toolStrings({ definition }: Subject): Strings {
  for (const [name, { server, auth, headers }] of Object.entries(definition.tools ?? {})) {
    yield* stringsIn({ [name]: { server, auth, headers } }, '/tools');
  }
}

function* checkStrings(strings: Strings, place: Place, subject: Subject): Generator<Finding> {
  const at = place.user && { nodeId: place.user.node.id };
  for (const { text, pointer } of strings) {
    for (const segment of parseReferences(text)) {
      if (segment.type === 'literal') {
        if (!segment.text.includes('{{')) continue;
        const message = 'a reference is written {{ node.field }}';
        yield { code: 'invalid_reference', message, pointer, ...at };
        continue;
      }
      const problem = problemOf(segment.reference, place, subject);
      if (!problem) continue;
      yield { code: problem.code, message: `${segment.source}: ${problem.message}`, pointer, ...at };
    }
  }
}

function problemOf(reference: Reference, place: Place, subject: Subject): Problem | undefined {
  const { nodeId: name, path } = reference;
  const field = String(path[0]);
  if (name === 'secret') return secretProblem(reference, place);
  if (!place.sight.has(name)) return unresolved(unseen(name, place.user, subject));
  const fields = place.sight.get(name);
  if (!fields || fields.has(field)) return undefined;
  const known = fields.size > 0 ? `, only ${listNames(fields)}` : '';
  if (name === 'vars') return { code: 'unknown_variable', message: `there is no variable ${field}${known}` };
  return unresolved(`${name} has no ${subject.nodes.has(name) ? 'output' : 'value'} ${field}${known}`);
}

const unresolved = (message: string): Problem => ({ code: 'unresolved_reference', message });

function secretProblem({ path }: Reference, { takesSecrets, user }: Place): Problem | undefined {
  if (!takesSecrets) {
    const message = `${user?.node.type} nodes take no secrets, as their inputs or outputs are kept`;
    return { code: 'secret_not_allowed', message };
  }
  if (path.length === 1 && SECRET_NAME.test(String(path[0]))) return undefined;
  return unresolved('the name of a secret is in capital letters, digits and _, such as API_KEY');
}

/** Why a reference cannot name a node. */
function unseen(name: string, user: PlacedNode | undefined, { nodes }: Subject): string {
  const source = nodes.get(name);
  if (!source) return `there is no node ${name}`;
  if (!user) return 'tools are the same for every node and cannot refer to one';
  const around = source.containers.at(-1);
  if (around && !user.containers.includes(around)) return `${name} is inside of ${around.id}, which hides it`;
  return `${name} does not run before ${user.node.id}`;
}
