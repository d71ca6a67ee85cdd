import type { ImportProblem } from '../import.ts';
import type { ParsedText } from '../text.ts';
import { hasDefaults } from './failures.ts';
import { createIds, type Ids } from './ids.ts';
import { at, isMap, isTrueAt, itemsAt, type Place, textAt } from './place.ts';

const MODES = ['workflow', 'advanced-chat'];
/** The newest minor version of `version: 0.x` that was looked at. */
const NEWEST_MINOR = 7;
const MAX_TITLE = 200;

export interface DifyNode {
  /** Its id in the file; empty where it has none. */
  readonly difyId: string;
  /** The native id of what it becomes. */
  readonly id: string;
  /** The native id that has its outputs: another one where default values stand in for a failure. */
  readonly outputsId: string;
  readonly type: string;
  readonly title: string | undefined;
  readonly line: number;
  readonly place: Place;
  readonly data: Place;
  /** The id in the file of the iteration or loop around it. */
  readonly parent: string | undefined;
}

export interface DifyEdge {
  readonly source: string;
  readonly target: string;
  readonly handle: string;
  readonly place: Place;
}

/** A Dify file (`kind: app`) taken apart, before anything of it is judged. */
export interface DifyFile {
  readonly root: Place;
  readonly mode: string;
  readonly nodes: readonly DifyNode[];
  /** By their id in the file; of nodes that share one, the first. */
  readonly byId: ReadonlyMap<string, DifyNode>;
  readonly edges: readonly DifyEdge[];
  readonly start: DifyNode | undefined;
  readonly ids: Ids;
  lineOf(place: Place): number;
}

/** Takes a file apart. Reads every node, whatever else is wrong. */
export function readFile({ value, lineOf }: ParsedText): DifyFile {
  const root: Place = { value, path: [] };
  const graph = at(root, 'workflow', 'graph');
  const ids = createIds();
  const nodes = itemsAt(graph, 'nodes')
    .map((place) => readNode(place, ids, lineOf(place.path)))
    // After all nodes have their ids, so that none of these takes one.
    .map((node) => (hasDefaults(node) ? { ...node, outputsId: ids.take(`${node.id}_result`) } : node));
  return {
    root,
    mode: textAt(root, 'app', 'mode') ?? '',
    nodes,
    byId: new Map([...nodes].reverse().map((node) => [node.difyId, node])),
    edges: itemsAt(graph, 'edges').map(readEdge),
    start: nodes.find(({ type }) => type === 'start'),
    ids,
    lineOf: (place) => lineOf(place.path),
  };
}

function readNode(place: Place, ids: Ids, line: number): DifyNode {
  const data = at(place, 'data');
  const shell = textAt(place, 'type');
  const difyId = textAt(place, 'id') ?? '';
  const id = ids.take(difyId);
  return {
    difyId,
    id,
    outputsId: id,
    // Comments and other drawings have a type of their own outside of `data`.
    type: shell === 'custom-note' ? shell : (textAt(data, 'type') ?? ''),
    title: textAt(data, 'title')?.slice(0, MAX_TITLE) || undefined,
    line,
    place,
    data,
    parent: parentOf(place, data),
  };
}

function parentOf(place: Place, data: Place): string | undefined {
  const parent = textAt(place, 'parentId') || textAt(data, 'parentId');
  if (parent) return parent;
  if (isTrueAt(data, 'isInIteration')) return textAt(data, 'iteration_id') || undefined;
  return (isTrueAt(data, 'isInLoop') && textAt(data, 'loop_id')) || undefined;
}

function readEdge(place: Place): DifyEdge {
  return {
    source: textAt(place, 'source') ?? '',
    target: textAt(place, 'target') ?? '',
    handle: textAt(place, 'sourceHandle') || 'source',
    place,
  };
}

/** Why a file cannot be imported at all, whatever its nodes are. */
export function refuseFile({ root, mode, start, lineOf }: DifyFile): ImportProblem | undefined {
  const refuse = (message: string, ...keys: string[]) => ({ message, line: lineOf(at(root, ...keys)) });
  if (!isMap(root.value)) return refuse('this is no Dify file: it has no `app` and no `workflow`');
  const kind = textAt(root, 'kind') ?? 'app';
  if (kind !== 'app') return refuse(`only \`kind: app\` can be imported, not ${quote(kind)}`, 'kind');
  if (!MODES.includes(mode)) {
    const modes = 'workflow and advanced-chat (chatflow)';
    return refuse(`only apps of the modes ${modes} can be imported, not ${quote(mode)}`, 'app', 'mode');
  }
  if (!Array.isArray(at(root, 'workflow', 'graph', 'nodes').value)) {
    return refuse('the file has no list `workflow.graph.nodes`', 'workflow', 'graph');
  }
  return start ? undefined : refuse('the workflow has no start node', 'workflow', 'graph', 'nodes');
}

/** What to tell about a version that this importer has not seen. */
export function versionNote({ root, lineOf }: DifyFile): ImportProblem | undefined {
  const version = textAt(root, 'version') ?? '0.1';
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})(?:\.|$)/.exec(version) ?? [];
  if (major === '0' && Number(minor) <= NEWEST_MINOR) return undefined;
  const message = `version ${quote(version)} of the format is not known; it was read as 0.${NEWEST_MINOR}`;
  return { message, line: lineOf(at(root, 'version')) };
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 60));
