import { LINE_WIDTH, quote } from './text.ts';

/** A piece of a module, with the type expressions in it. */
export interface Piece {
  readonly code: string;
  readonly types: readonly string[];
}

/** The names in `candidates` that type expressions refer to, sorted; what stands in quotes is no reference. */
export function referredNames(expressions: readonly string[], candidates: readonly string[]): string[] {
  const code = expressions.join('\n').replaceAll(/'(?:[^'\\]|\\.)*'/g, "''");
  const words = new Set(code.match(/[\p{ID_Continue}$]+/gu));
  return candidates.filter((name) => words.has(name)).sort();
}

/** An import of types; nothing for no names. */
export function importTypes(names: readonly string[], from: string): string {
  if (names.length === 0) return '';
  const flat = `import type { ${names.join(', ')} } from ${quote(from)};\n`;
  if (flat.length <= LINE_WIDTH) return flat;
  return `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from ${quote(from)};\n`;
}
