import { dirname, relative, resolve } from 'node:path';
import {
  BaseResolver,
  createConfig,
  type Document,
  getLineColLocation,
  lint,
  type NormalizedProblem,
  YamlParseError,
} from '@redocly/openapi-core';
import { isObject } from '../json.ts';
import type { Problem } from '../problems.ts';
import { at, type Cursor, child, problemAt, text } from './cursor.ts';

/** What Redocly checks for us; what is checked beyond that needs our own model. */
const RULES = {
  struct: 'error',
  'no-unresolved-refs': 'error',
  'operation-operationId': 'error',
  'operation-operationId-unique': 'error',
  'operation-parameters-unique': 'error',
  'path-parameters-defined': 'error',
  'path-not-include-query': 'error',
  'no-identical-paths': 'error',
} as const;

/** Documents that refer to one another, read once each. */
export interface Documents {
  /** Reads and checks a document and everything that it refers to. Undefined when it cannot be read. */
  open(path: string): Promise<Cursor | undefined>;
  /** Follows `$ref` until something else is found. A `$ref` that leads nowhere is a problem. */
  follow(cursor: Cursor): Cursor;
  /** Follows one `$ref`, even to another one. The cursor itself when there is none. */
  step(cursor: Cursor): Cursor;
  /** Notes a fault; generation fails after all of them are known. */
  report(cursor: Cursor, message: string): void;
  readonly problems: readonly Problem[];
}

/** References to URLs are refused: what is generated must depend on files of the project alone. */
class LocalResolver extends BaseResolver {
  override async loadExternalRef(ref: string): ReturnType<BaseResolver['loadExternalRef']> {
    if (/^https?:/i.test(ref)) throw new Error('References to URLs are not followed. Keep a copy as a file.');
    return super.loadExternalRef(ref);
  }
}

async function readDocument(resolver: BaseResolver, path: string): Promise<Document | Error> {
  try {
    return await resolver.resolveDocument(null, path, true);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A root document that cannot be read, at the place where reading stopped. */
function unreadable(path: string, reason: Error | undefined): Problem {
  const { line, col } = reason instanceof YamlParseError ? reason : { line: 1, col: 1 };
  const message = (reason?.message ?? 'Cannot be read.')
    .replace(` in "${path}"`, '')
    .replace(/ \(\d+:\d+\)$/, '');
  return { file: relative(process.cwd(), path), line, column: col, message };
}

/** Keywords whose values are data, in which `$ref` is a member like any other. */
const DATA_KEYWORDS = new Set(['example', 'examples', 'default', 'const', 'enum']);

function* referencesIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    for (const item of value) yield* referencesIn(item);
  } else if (isObject(value)) {
    if (typeof value.$ref === 'string') yield value.$ref;
    for (const [key, inner] of Object.entries(value)) if (!DATA_KEYWORDS.has(key)) yield* referencesIn(inner);
  }
}

function fromRedocly({ message, location, suggest }: NormalizedProblem): Problem[] {
  const [place] = location;
  if (!place) return [];
  const { source, start } = getLineColLocation(place);
  const advice = suggest.length > 0 ? ` Did you mean ${suggest.join(' or ')}?` : '';
  return [
    {
      file: relative(process.cwd(), source.absoluteRef),
      line: start.line,
      column: start.col,
      message: message + advice,
    },
  ];
}

/** Features of a whole document that would change what its parts mean. */
function checkRoot(root: Cursor, report: Documents['report']): void {
  const version = text(child(root, 'openapi'));
  if (version !== undefined && !/^3\.[12]\./.test(version)) {
    report(child(root, 'openapi'), `OpenAPI ${version} is not supported. Use 3.2 or 3.1.`);
  }
  const asyncapi = text(child(root, 'asyncapi'));
  if (asyncapi !== undefined && !asyncapi.startsWith('3.')) {
    report(child(root, 'asyncapi'), `AsyncAPI ${asyncapi} is not supported. Use 3.1 or 3.0.`);
  }
  for (const feature of ['$self', 'jsonSchemaDialect']) {
    const used = child(root, feature);
    if (used.value !== undefined) report(used, `Not supported yet: ${feature}.`);
  }
}

/** Opens a set of documents. Problems gather until the caller asks for them. */
export function createDocuments(): Documents {
  const resolver = new LocalResolver();
  /** What was read by absolute path; an error where that failed. */
  const loaded = new Map<string, Document | Error>();
  const problems: Problem[] = [];
  const report = (cursor: Cursor, message: string): void => {
    problems.push(problemAt(cursor, message));
  };

  async function load(path: string): Promise<void> {
    if (loaded.has(path)) return;
    const document = await readDocument(resolver, path);
    loaded.set(path, document);
    if (document instanceof Error) return;
    for (const reference of referencesIn(document.parsed)) {
      const [file] = reference.split('#');
      if (file && !/^https?:/i.test(file)) await load(resolve(dirname(path), file));
    }
  }

  async function open(path: string): Promise<Cursor | undefined> {
    const absolute = resolve(path);
    await load(absolute);
    const document = loaded.get(absolute);
    if (!document || document instanceof Error) {
      problems.push(unreadable(absolute, document));
      return undefined;
    }
    const root = at(document, '');
    if (!isObject(root.value) || !('openapi' in root.value || 'asyncapi' in root.value)) return root;
    checkRoot(root, report);
    const config = await createConfig({ rules: RULES });
    const found = await lint({ ref: absolute, config, externalRefResolver: resolver });
    problems.push(...found.filter(({ severity }) => severity === 'error').flatMap(fromRedocly));
    return root;
  }

  function step(cursor: Cursor): Cursor {
    if (!isObject(cursor.value) || typeof cursor.value.$ref !== 'string') return cursor;
    const reference = cursor.value.$ref;
    const [file = '', pointer = ''] = reference.split('#');
    const own = cursor.document.source.absoluteRef;
    const target = loaded.get(file ? resolve(dirname(own), file) : own);
    const found = target && !(target instanceof Error) ? at(target, pointer) : undefined;
    if (found?.value !== undefined) return found;
    report(cursor, `Can't resolve $ref ${reference}`);
    return { ...cursor, value: undefined };
  }

  function follow(cursor: Cursor): Cursor {
    let here = cursor;
    for (let hops = 0; hops < 100; hops += 1) {
      const next = step(here);
      if (next === here) return here;
      here = next;
    }
    report(cursor, 'This $ref leads back to itself.');
    return { ...cursor, value: undefined };
  }

  return { open, follow, step, report, problems };
}
