import { secretName } from '../secrets.ts';
import type { DifyFile, DifyNode } from './file.ts';
import { outputPath } from './outputs.ts';
import { at, itemsAt, type Place, textAt } from './place.ts';

/** A native reference, `{{ node.field }}`, or why there is none. */
export type Resolved = { readonly reference: string } | { readonly problem: string };

/** What the references of one file mean here. */
export interface References {
  /** The reference for the parts of a selector, such as `[llm, text]`. */
  resolve(parts: readonly string[], takesSecrets: boolean): Resolved;
  /** Text that holds no reference, so that none is read out of it. */
  escape(text: string): string;
  /** The names of the inputs that take the place of `sys.query` and `sys.files`. */
  readonly inputNames: { readonly query: string; readonly files: string };
  /** Whether something refers to `sys.files`. */
  readonly usesFiles: () => boolean;
  /** The constant that stands for `{{` in texts; undefined where none does. */
  readonly bracesConstant: () => string | undefined;
}

const REFERENCE = /\{\{#([A-Za-z0-9_$-]{1,64}(?:\.[^\s.#{}]{1,128}){1,10})#\}\}/g;
const STEP = /^[A-Za-z0-9_$-]{1,128}$/;
const SYS = new Map([
  ['user_id', 'user_id'],
  ['conversation_id', 'conversation_id'],
  ['workflow_id', 'workflow_id'],
  ['workflow_run_id', 'run_id'],
]);

/** `deadNodes` are those that no path leads to. */
export function createReferences(file: DifyFile, deadNodes: ReadonlySet<DifyNode>): References {
  const inputs = namesAt(file.start?.data, 'variables', 'variable');
  const inputNames = { query: freeName('query', inputs), files: freeName('files', inputs) };
  const environment = readEnvironment(file.root);
  const variables = namesAt(at(file.root, 'workflow'), 'conversation_variables', 'name');
  const braces = freeName('OPEN_BRACES', new Set(environment.keys()));
  let usesFiles = false;
  let usesBraces = false;

  function resolveSys(field: string | undefined, rest: readonly string[]): Resolved {
    const start = file.start?.id ?? 'start';
    if (field === 'query' && file.mode === 'advanced-chat')
      return referTo([start, inputNames.query, ...rest]);
    if (field === 'files') {
      usesFiles = true;
      return referTo([start, inputNames.files, ...rest]);
    }
    const name = SYS.get(field ?? '');
    return name === undefined ? { problem: `there is no sys.${field} here` } : referTo(['sys', name]);
  }

  function resolveNode(id: string, path: readonly string[]): Resolved {
    const node = file.byId.get(id);
    if (!node) return { problem: `there is no node ${id.slice(0, 64)}` };
    if (deadNodes.has(node)) return { problem: `node ${id} never runs, as no path leads to it` };
    const output = outputPath(node, path);
    if ('missing' in output) return { problem: `${output.missing} of ${node.type} nodes` };
    return referTo([node.outputsId, ...output.path]);
  }

  return {
    inputNames,
    usesFiles: () => usesFiles,
    bracesConstant: () => (usesBraces ? braces : undefined),
    escape(text) {
      if (!text.includes('{{')) return text;
      usesBraces = true;
      return text.replaceAll('{{', `{{ env.${braces} }}`);
    },
    resolve([root = '', ...rest], takesSecrets) {
      if (rest.length === 0) return { problem: `${root.slice(0, 64)} names no field` };
      if (root === 'sys') return resolveSys(rest[0], rest.slice(1));
      if (root === 'env') return resolveConstant(rest[0], environment, takesSecrets);
      if (root !== 'conversation') return resolveNode(root, rest);
      if (!variables.has(rest[0] ?? '')) return { problem: 'there is no such variable of the conversation' };
      return referTo(['vars', ...rest]);
    },
  };
}

function resolveConstant(
  name: string | undefined,
  environment: ReadonlyMap<string, 'plain' | 'secret'>,
  takesSecrets: boolean,
): Resolved {
  const kind = environment.get(name ?? '');
  if (name === undefined || kind === undefined) return { problem: 'there is no such environment variable' };
  if (kind === 'plain') return referTo(['env', name]);
  if (takesSecrets) return referTo(['secret', secretName(name)]);
  return { problem: 'a secret may be used in HTTP requests only' };
}

/** A text cut into literals and the parts of references. */
export function* splitText(text: string): Generator<{ literal: string } | { parts: readonly string[] }> {
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    if (match.index > end) yield { literal: text.slice(end, match.index) };
    yield { parts: (match[1] ?? '').split('.') };
    end = match.index + match[0].length;
  }
  if (end < text.length) yield { literal: text.slice(end) };
}

function referTo(parts: readonly string[]): Resolved {
  if (!parts.every((part) => STEP.test(part)))
    return { problem: 'it has characters that references cannot have' };
  return { reference: `{{ ${parts.join('.')} }}` };
}

/** Environment variables by name: secrets are kept apart. */
function readEnvironment(root: Place): ReadonlyMap<string, 'plain' | 'secret'> {
  const kinds = new Map<string, 'plain' | 'secret'>();
  for (const variable of itemsAt(root, 'workflow', 'environment_variables')) {
    const name = textAt(variable, 'name');
    if (name) kinds.set(name, textAt(variable, 'value_type') === 'secret' ? 'secret' : 'plain');
  }
  return kinds;
}

function namesAt(place: Place | undefined, list: string, member: string): ReadonlySet<string> {
  const names = place ? itemsAt(place, list).map((item) => textAt(item, member) ?? '') : [];
  return new Set(names);
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
  return free;
}
