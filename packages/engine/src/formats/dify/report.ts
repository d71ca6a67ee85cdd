import type { ImportProblem, ImportRow } from '../import.ts';
import type { DifyFile, DifyNode } from './file.ts';
import type { Place } from './place.ts';

// Hostile files could have many more; every node has its row in any case.
const MAX_PROBLEMS = 1_000;
const MAX_REMARKS = 10;

type NativeId = ImportRow['importedAs'][number];

/** What is told of an import, while it goes on. */
export interface Report {
  readonly problems: readonly ImportProblem[];
  readonly notes: readonly ImportProblem[];
  /** Why the import fails; for a node also why that node is unsupported. */
  problem(message: string, place: Place, node?: DifyNode): void;
  /** What is different here; in the node's row where there is one. */
  note(message: string, place: Place, node?: DifyNode): void;
  ignored(node: DifyNode, reason: string): void;
  /** Says so in the node's row only. */
  unsupported(node: DifyNode, reason: string): void;
  imported(node: DifyNode, natives: readonly NativeId[]): void;
  /** One for each node of the file, in its order. */
  rows(): readonly ImportRow[];
}

interface Entry {
  readonly problems: Set<string>;
  readonly notes: Set<string>;
  ignored?: string;
  natives: readonly NativeId[];
}

export function createReport(file: DifyFile): Report {
  const problems: ImportProblem[] = [];
  const notes: ImportProblem[] = [];
  const entries = new Map<DifyNode, Entry>(
    file.nodes.map((node) => [node, { problems: new Set(), notes: new Set(), natives: [] }]),
  );
  return {
    problems,
    notes,
    problem(message, place, node) {
      if (node) addTo(entries.get(node)?.problems, message);
      if (problems.length >= MAX_PROBLEMS) return;
      const text = node ? `${nameOf(node)}: ${message}` : message;
      problems.push({ message: text, line: file.lineOf(place), ...(node && { nodeId: node.difyId }) });
    },
    note(message, place, node) {
      if (node) addTo(entries.get(node)?.notes, message);
      else if (notes.length < MAX_PROBLEMS) notes.push({ message, line: file.lineOf(place) });
    },
    ignored(node, reason) {
      const entry = entries.get(node);
      if (entry) entry.ignored = reason;
    },
    unsupported: (node, reason) => void entries.get(node)?.problems.add(reason),
    imported(node, natives) {
      const entry = entries.get(node);
      if (entry) entry.natives = natives;
    },
    rows: () => [...entries].map(([node, entry]) => toRow(node, entry)),
  };
}

function toRow(node: DifyNode, { problems, notes, ignored, natives }: Entry): ImportRow {
  const head = {
    nodeId: node.difyId,
    nodeType: node.type,
    ...(node.title !== undefined && { title: node.title }),
    line: node.line,
  };
  if (problems.size > 0) return { ...head, status: 'unsupported', importedAs: [], note: join(problems) };
  if (ignored !== undefined) return { ...head, status: 'ignored', importedAs: [], note: ignored };
  if (notes.size === 0) return { ...head, status: 'imported', importedAs: natives };
  return { ...head, status: 'adapted', importedAs: natives, note: join(notes) };
}

function addTo(remarks: Set<string> | undefined, message: string): void {
  if (remarks && remarks.size < MAX_REMARKS) remarks.add(message);
}

const join = (remarks: ReadonlySet<string>): string => [...remarks].join('; ');

const nameOf = ({ type, difyId, title }: DifyNode): string =>
  `${type.slice(0, 40) || 'a node without type'} ${JSON.stringify((title ?? difyId).slice(0, 60))}`;
