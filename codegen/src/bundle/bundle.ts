import { relative } from 'node:path';
import type { JsonObject } from '../json.ts';
import type { Problem } from '../problems.ts';
import { expandAliases } from './aliases.ts';
import { toOpenApi31 } from './openapi31/convert.ts';
import { type BundledDocument, readBundled } from './read.ts';

export interface BundleOptions {
  /** The version of OpenAPI to write; as the document says when absent. */
  readonly openapi?: '3.1' | '3.2';
  /** Whether each path of `x-path-aliases` becomes a path of its own. */
  readonly aliases?: boolean;
}

/** One self-contained document. */
export interface Bundle {
  readonly kind: BundledDocument['kind'];
  readonly root: JsonObject;
  /** What reading found, with places in the documents. */
  readonly warnings: readonly Problem[];
  /** What the version of OpenAPI that was asked for cannot say, one sentence each. */
  readonly notes: readonly string[];
}

function inVersion(
  { version, root }: BundledDocument,
  wanted: '3.1' | '3.2',
): Pick<Bundle, 'root' | 'notes'> {
  if (version.startsWith(wanted)) return { root, notes: [] };
  if (version.startsWith('3.0.'))
    return { root, notes: [`The document stays OpenAPI ${version}, which most tools know.`] };
  // OpenAPI 3.2 has all that 3.1 has, with the same meaning.
  if (wanted === '3.2') return { root: { ...root, openapi: '3.2.0' }, notes: [] };
  const converted = toOpenApi31(root);
  return {
    root: converted.root,
    notes: converted.notes.map(({ pointer, message }) => `${pointer || '/'} ${message}`),
  };
}

/**
 * Makes one self-contained document of a file and what it refers to.
 *
 * @throws DocumentError when it cannot be read or a reference leads nowhere.
 */
export async function bundleDocument(path: string, options: BundleOptions = {}): Promise<Bundle> {
  const { document, warnings } = await readBundled(path);
  const { kind } = document;
  const { root, notes } =
    kind === 'openapi' && options.openapi !== undefined
      ? inVersion(document, options.openapi)
      : { root: document.root, notes: [] };
  const named = notes.map((note) => `${relative(process.cwd(), path)} warning: ${note}`);
  return { kind, root: options.aliases ? expandAliases(root) : root, warnings, notes: named };
}
