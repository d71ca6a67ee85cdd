import { basename, dirname, extname, join, resolve } from 'node:path';
import { UsageError } from '../commands/command.ts';
import type { DocumentPair } from '../commands/sources.ts';
import type { Format } from './write.ts';

/** A document, and the file that it goes to; standard output when there is none. */
export interface Output {
  readonly document: string;
  readonly file?: string;
}

const documentsOf = ({ openapi, asyncapi }: Omit<DocumentPair, 'name'>): string[] =>
  [openapi, asyncapi].filter((path) => path !== undefined);

const formatOf = (file: string): Format => (extname(file) === '.json' ? 'json' : 'yaml');

const withFormat = (document: string, format: Format): string =>
  `${basename(document, extname(document))}.${format}`;

/** Whether a path that does not tell by itself is meant as a file. */
const namesFile = (out: string): boolean => ['.yaml', '.yml', '.json'].includes(extname(out));

const isRepeated = (file: string, index: number, all: readonly string[]): boolean =>
  all.indexOf(file) !== index;

/** Puts documents of one name into folders of the names that they have: the API's, or that of their own folder. */
function inFolders(pairs: readonly DocumentPair[], out: string, format: Format): Output[] {
  const documents = pairs.flatMap(({ name, ...pair }) => {
    const paths = documentsOf(pair);
    const isNamed = !paths.some((path) => name === basename(path, extname(path)));
    return paths.map((document) => ({
      document,
      folder: isNamed ? name : basename(dirname(resolve(document))),
    }));
  });
  const flat = documents.map(({ document }) => withFormat(document, format));
  const files = flat.some(isRepeated)
    ? documents.map(({ document, folder }) => join(folder, withFormat(document, format)))
    : flat;
  const twice = files.find(isRepeated);
  if (twice !== undefined)
    throw new UsageError(`Two documents would be ${join(out, twice)}. Bundle one at a time.`);
  return documents.map(({ document }, index) => ({ document, file: join(out, files[index] ?? '') }));
}

/**
 * Where each document goes: `out` is a file for one document, a folder for several.
 *
 * @throws UsageError when several documents have no folder, or two would be one file.
 */
export function planOutputs(
  pairs: readonly DocumentPair[],
  out: string | undefined,
  format: Format | undefined,
): { readonly outputs: readonly Output[]; readonly format: Format } {
  const documents = pairs.flatMap(documentsOf);
  const [first] = documents;
  const isOne = documents.length === 1 && first !== undefined;
  if (out === undefined) {
    if (!isOne) throw new UsageError('--out is missing: several documents need a folder.');
    return { outputs: [{ document: first }], format: format ?? 'yaml' };
  }
  if (!namesFile(out)) {
    const chosen = format ?? 'yaml';
    return { outputs: inFolders(pairs, out, chosen), format: chosen };
  }
  if (!isOne) throw new UsageError(`--out ${out} is one file, but there are ${documents.length} documents.`);
  if (format !== undefined && format !== formatOf(out))
    throw new UsageError(`--out ${out} does not go with --format ${format}.`);
  return { outputs: [{ document: first, file: out }], format: formatOf(out) };
}
