import { isObject, type JsonObject } from '../../json.ts';
import { compareDocuments } from '../judge.ts';
import { bundled } from './documents.ts';
import { type Patch, patched } from './patch.ts';

// Starting Redocly takes most of a test's time, so the documents of many tests are compared as one. Each has
// names of its own, and so unlike the others' that no two are taken for one that was renamed.

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LENGTH = 24;

const withPrefix = (map: unknown, prefix: string): JsonObject =>
  Object.fromEntries(
    Object.entries(isObject(map) ? map : {}).map(([key, value]) => [`${prefix}${key}`, value]),
  );

/** A document whose names all begin with a prefix. */
function prefixed(document: JsonObject, prefix: string): JsonObject {
  const text = JSON.stringify(document)
    .replaceAll(/(#\/(?:components\/\w+|channels|operations)\/)/g, `$1${prefix}`)
    .replaceAll('/runs/', `/${prefix}/runs/`)
    .replaceAll('"operationId":"', `"operationId":"${prefix}`);
  const { root } = bundled(JSON.parse(text));
  const components = Object.entries(isObject(root.components) ? root.components : {}).map(([key, map]) => [
    key,
    key === 'securitySchemes' ? map : withPrefix(map, prefix),
  ]);
  return {
    ...root,
    ...('channels' in root && { channels: withPrefix(root.channels, prefix) }),
    ...('operations' in root && { operations: withPrefix(root.operations, prefix) }),
    components: Object.fromEntries(components),
  };
}

const merged = (a: unknown, b: unknown): unknown => {
  if (!isObject(a) || !isObject(b)) return b;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(
    keys.map((key) => [key, key in a && key in b ? merged(a[key], b[key]) : (b[key] ?? a[key])]),
  );
};

/** One change of a document. */
export interface Case {
  readonly patches: readonly Patch[];
  /** `severity rule place`, in the order in which they are told. */
  readonly expected: readonly string[];
}

/** Compares a document with a changed copy for each case. Answers what was found, by the case's name. */
export async function judgeAll(
  document: JsonObject,
  cases: Readonly<Record<string, Case>>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const all = Object.entries(cases);
  if (all.length > LETTERS.length) throw new Error('There are more cases than letters.');
  const prefixOf = (index: number): string => LETTERS.charAt(index).repeat(LENGTH);
  const together = (documents: readonly JsonObject[]): unknown =>
    documents.map((one, index) => prefixed(one, prefixOf(index))).reduce(merged, {});
  const changes = await compareDocuments(
    bundled(together(all.map(() => document))),
    bundled(together(all.map(([, { patches }]) => patched(document, ...patches)))),
  );
  return new Map(
    all.map(([name], index) => {
      const prefix = prefixOf(index);
      const told = changes
        .filter(({ pointer }) => pointer.includes(prefix))
        .map(({ severity, rule, place }) => `${severity} ${rule} ${place}`)
        .map((text) => text.replaceAll(`/${prefix}/`, '/').replaceAll(prefix, ''));
      return [name, told];
    }),
  );
}
