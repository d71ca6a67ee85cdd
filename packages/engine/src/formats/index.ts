import { importAstron } from './astron/import.ts';
import { importDify } from './dify/import.ts';
import { isObject } from './foreign.ts';
import type { ForeignFormat, ImportOptions, ImportResult } from './import.ts';
import { importMandas } from './mandas/import.ts';
import { importNative } from './native.ts';

export type DefinitionFormat = 'native' | ForeignFormat;

export type DefinitionImport = ImportResult & {
  /** As it was told or detected; absent where neither. */
  readonly format?: DefinitionFormat;
  /** The text has credentials that were left out, beside `secrets`; it is not to be kept as it is. */
  readonly hasCredentials?: true;
};

const IMPORTERS: Readonly<Record<DefinitionFormat, (text: string, options: ImportOptions) => ImportResult>> =
  {
    native: importNative,
    dify: importDify,
    astron: importAstron,
    mandas: importMandas,
  };

/** Imports a text of a known format, or of the one that it looks like. Never throws for what the text says. */
export function importDefinition(
  text: string,
  options: ImportOptions & { readonly format?: DefinitionFormat },
): DefinitionImport {
  const format = options.format ?? detectFormat(text);
  if (format) return { ...IMPORTERS[format](text, options), format };
  const message = 'the format cannot be told; say native, dify, astron or mandas';
  return { ok: false, rows: [], problems: [{ message, line: 1 }], findings: [] };
}

// A key of the top level of block YAML begins its line; nothing inside of a value does.
const TOP_KEY = /^["']?([A-Za-z_][A-Za-z0-9_]{0,63})["']?[ \t]{0,32}:/gm;
const ASTRON_ID = /\bid["']?[ \t]{0,32}:[ \t]{0,32}["']?[a-z][a-z-]{0,63}::/;

/** The format of a text by the names of its members at the top, without reading the rest of YAML. */
export function detectFormat(text: string): DefinitionFormat | undefined {
  const keys = topKeys(text);
  if (keys.has('format')) return 'native';
  if (keys.has('kind') || (keys.has('app') && keys.has('workflow'))) return 'dify';
  if (keys.has('agents')) return 'mandas';
  if (keys.has('flowData') || keys.has('data')) return 'astron';
  if (keys.has('nodes')) return ASTRON_ID.test(text) ? 'astron' : 'native';
  return undefined;
}

function topKeys(text: string): ReadonlySet<string> {
  if (!text.trimStart().startsWith('{')) {
    return new Set(Array.from(text.matchAll(TOP_KEY), ([, key = '']) => key));
  }
  try {
    const value: unknown = JSON.parse(text);
    return new Set(isObject(value) ? Object.keys(value) : []);
  } catch {
    return new Set();
  }
}
