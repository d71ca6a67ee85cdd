import { relative, resolve } from 'node:path';
import {
  bundle,
  createConfig,
  getLineColLocation,
  type NormalizedProblem,
  YamlParseError,
} from '@redocly/openapi-core';
import { isObject, type JsonObject } from '../json.ts';
import { DocumentError, inReadingOrder, type Problem } from '../problems.ts';
import { repairMappings } from './mappings.ts';
import { OfflineResolver } from './offline.ts';
import { MEDIA_TYPES } from './redocly-plugin.ts';

/** A document with everything that it refers to. Its references lead within it. */
export interface BundledDocument {
  readonly kind: 'openapi' | 'asyncapi';
  /** As the document says it, such as 3.2.0. */
  readonly version: string;
  /** No object stands at two places, so that one place can be changed. */
  readonly root: JsonObject;
}

function fromRedocly({ message, location, severity }: NormalizedProblem): Problem[] {
  const [place] = location;
  if (!place) return [];
  const { source, start } = getLineColLocation(place);
  return [
    {
      file: relative(process.cwd(), source.absoluteRef),
      line: start.line,
      column: start.col,
      message,
      severity: severity === 'warn' ? 'warning' : 'error',
    },
  ];
}

/** A document that cannot be used, at the place where reading stopped. */
function unusable(path: string, reason: unknown): DocumentError {
  const { line, col } = reason instanceof YamlParseError ? reason : { line: 1, col: 1 };
  const message = reason instanceof Error ? reason.message : String(reason);
  const file = relative(process.cwd(), path);
  return new DocumentError([{ file, line: line || 1, column: col || 1, message, severity: 'error' }]);
}

function kindOf(path: string, root: unknown): BundledDocument {
  if (isObject(root) && typeof root.openapi === 'string' && /^3\.[012]\./.test(root.openapi))
    return { kind: 'openapi', version: root.openapi, root };
  if (isObject(root) && typeof root.asyncapi === 'string' && /^3\./.test(root.asyncapi))
    return { kind: 'asyncapi', version: root.asyncapi, root };
  throw unusable(path, 'This is neither OpenAPI 3.0, 3.1 or 3.2 nor AsyncAPI 3.');
}

/** A copy in which what YAML's aliases, or references to one place, have made one object is written twice. */
function copy(root: unknown): unknown {
  const own: unknown = JSON.parse(JSON.stringify(root));
  return isObject(own) ? repairMappings(own, own) : own;
}

/**
 * Reads a document and what it refers to into one: schemas and parameters of other files become components
 * with the names that they have there.
 *
 * @returns the document, and warnings such as that two components had one name.
 * @throws DocumentError when it cannot be read, is of another kind, or a reference leads nowhere.
 */
export async function readBundled(
  path: string,
): Promise<{ readonly document: BundledDocument; readonly warnings: readonly Problem[] }> {
  const absolute = resolve(path);
  const config = await createConfig({}, { plugins: [MEDIA_TYPES] });
  const result = await bundle({ ref: absolute, config, externalRefResolver: new OfflineResolver() }).catch(
    (reason: unknown) => {
      throw unusable(absolute, reason);
    },
  );
  const problems = inReadingOrder(result.problems.flatMap(fromRedocly));
  if (problems.some(({ severity }) => severity === 'error')) throw new DocumentError(problems);
  return { document: kindOf(absolute, copy(result.bundle.parsed)), warnings: problems };
}
