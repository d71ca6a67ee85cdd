import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isObject } from '../json.ts';
import { at, type Cursor, child, keysOf } from './cursor.ts';
import { ReadError, type SourceDocument } from './source.ts';
import { type Survey, survey } from './survey.ts';

// How references find their targets (RFC 3986 section 5, JSON Schema 2020-12 section 8.2, OpenAPI 3.2
// "Relative References in API Description URIs"). A document is known by its path and by its `$self`, a
// schema also by its `$id`.

/** A place whose value is not asked for. */
export type Place = Pick<Cursor, 'document' | 'pointer'>;

/** A document, or a schema with `$id` in it: what a reference without a path is relative to. */
export interface Resource {
  readonly document: SourceDocument;
  /** Of the schema that has the `$id`; empty for the document. */
  readonly pointer: string;
  /** Absolute, without a fragment. */
  readonly uri: string;
}

export interface LoadedDocument {
  readonly document: SourceDocument;
  readonly survey: Survey;
  /** The document first, then its schemas with `$id`, outer ones before inner ones. */
  readonly resources: readonly Resource[];
}

const REMOTE = 'References to URLs are not followed. Keep a copy as a file.';

/** Why a reference that leads back to itself leads nowhere. */
export const CIRCULAR = 'This $ref leads back to itself.';

const isRemote = (uri: string): boolean => !uri.startsWith('file:');

const isWithin = (pointer: string, outer: string): boolean =>
  pointer.startsWith(outer) && (pointer.length === outer.length || pointer[outer.length] === '/');

/** Resolves a URI reference; undefined when it is none. */
function toUri(reference: string, base: string): string | undefined {
  const [uri = ''] = (URL.canParse(reference, base) ? new URL(reference, base).href : '').split('#');
  return uri === '' ? undefined : uri;
}

const describe = ({ message, position: { line, column } }: ReadError, file: string): string =>
  line === 1 && column === 1 ? message : `${relative(process.cwd(), file)}:${line}:${column} ${message}`;

function resourcesOf(document: SourceDocument, { ids }: Survey): Resource[] {
  const file = pathToFileURL(document.source.absoluteRef).href;
  const self = isObject(document.parsed) ? document.parsed.$self : undefined;
  const uri = (typeof self === 'string' && toUri(self, file)) || file;
  const resources: Resource[] = [{ document, pointer: '', uri }];
  for (const [pointer, id] of ids) {
    const outer = resources.findLast((resource) => isWithin(pointer, resource.pointer));
    const own = toUri(id, outer?.uri ?? uri);
    if (own !== undefined) resources.push({ document, pointer, uri: own });
  }
  return resources;
}

/** The documents that were read, and what they call themselves. */
export class DocumentSet {
  readonly #byPath = new Map<string, LoadedDocument | ReadError>();
  readonly #byUri = new Map<string, Resource>();
  /** What was found, because most references of a document are the same few. */
  readonly #found = new Map<Resource, Map<string, Cursor | string>>();

  get loaded(): LoadedDocument[] {
    return [...this.#byPath.values()].flatMap((entry) => (entry instanceof ReadError ? [] : [entry]));
  }

  get(path: string): LoadedDocument | ReadError | undefined {
    return this.#byPath.get(path);
  }

  add(path: string, document: SourceDocument | ReadError): LoadedDocument | undefined {
    if (document instanceof ReadError) {
      this.#byPath.set(path, document);
      return undefined;
    }
    const found = survey(document);
    const loaded = { document, survey: found, resources: resourcesOf(document, found) };
    this.#byPath.set(path, loaded);
    for (const resource of loaded.resources) {
      if (!this.#byUri.has(resource.uri)) this.#byUri.set(resource.uri, resource);
    }
    return loaded;
  }

  /** The innermost resource that a place belongs to. */
  resourceAt({ document, pointer }: Place): Resource | undefined {
    const loaded = this.#byPath.get(document.source.absoluteRef);
    if (!loaded || loaded instanceof ReadError) return undefined;
    if (loaded.resources.length === 1) return loaded.resources[0];
    return loaded.resources.findLast((resource) => isWithin(pointer, resource.pointer));
  }

  /** The document that a reference leads into from another one; undefined for a schema with an `$id`. */
  documentOf(from: SourceDocument, reference: string): SourceDocument | undefined {
    const own = this.resourceAt({ document: from, pointer: '' });
    const [path = ''] = reference.split('#');
    const target = own && this.#resource(own, path);
    return typeof target === 'string' || target?.pointer !== '' ? undefined : target.document;
  }

  /** The file that a reference names, when it is another one than that of `from`. */
  fileOf(from: Place, reference: string): string | undefined {
    const [path] = reference.split('#');
    if (!path) return undefined;
    const uri = toUri(path, this.resourceAt(from)?.uri ?? '');
    if (uri === undefined || this.#byUri.has(uri)) return undefined;
    return this.#localFile(from.document, uri);
  }

  /**
   * The file of a URI. Documents that call themselves by URLs with `$self` lie side by side as the URLs do,
   * so that a URL is found by the way that leads there from the own one.
   */
  #localFile(document: SourceDocument, uri: string): string | undefined {
    if (!isRemote(uri)) return fileURLToPath(uri);
    const own = this.#byPath.get(document.source.absoluteRef);
    const self = own instanceof ReadError ? undefined : own?.resources[0]?.uri;
    if (self === undefined || !isRemote(self) || new URL(self).origin !== new URL(uri).origin)
      return undefined;
    const folder = new URL('.', self).pathname;
    const levels = folder.split('/').slice(1, -1);
    const target = new URL(uri).pathname.split('/').slice(1);
    const common = levels.findIndex((level, index) => level !== target[index]);
    const shared = common === -1 ? levels.length : common;
    const way = [...levels.slice(shared).map(() => '..'), ...target.slice(shared).map(decodeURIComponent)];
    return resolve(dirname(document.source.absoluteRef), ...way);
  }

  /** What a reference at `from` leads to; when that is nothing, why. To be asked when all is loaded. */
  find(from: Place, reference: string): Cursor | string {
    const own = this.resourceAt(from);
    if (!own) return 'The document is not loaded.';
    const known = this.#found.get(own) ?? new Map<string, Cursor | string>();
    this.#found.set(own, known);
    const before = known.get(reference);
    if (before !== undefined) return before;
    // A pointer may lead through references, and these through it.
    known.set(reference, CIRCULAR);
    const found = this.#search(own, reference);
    known.set(reference, found);
    return found;
  }

  #search(own: Resource, reference: string): Cursor | string {
    const [path = '', fragment = ''] = reference.split('#');
    const target = path === '' ? own : this.#resource(own, path);
    if (typeof target === 'string') return target;
    const found = this.#within(target, decodeFragment(fragment));
    return found?.value === undefined ? 'There is nothing at this place.' : found;
  }

  #resource(own: Resource, path: string): Resource | string {
    const uri = toUri(path, own.uri);
    if (uri === undefined) return 'This is no URI reference.';
    const known = this.#byUri.get(uri);
    if (known) return known;
    const file = this.#localFile(own.document, uri);
    if (file === undefined) return REMOTE;
    const loaded = this.#byPath.get(file);
    if (loaded instanceof ReadError) return isRemote(uri) ? REMOTE : describe(loaded, file);
    return loaded?.resources[0] ?? 'There is no such file.';
  }

  #within(resource: Resource, fragment: string): Cursor | undefined {
    if (fragment !== '' && !fragment.startsWith('/')) return this.#anchored(resource, fragment);
    const inResource = this.walk(at(resource.document, resource.pointer), fragment);
    if (inResource.value !== undefined || resource.pointer === '') return inResource;
    // Strictly a pointer is relative to the schema with the `$id`, but documents are written otherwise.
    return this.walk(at(resource.document, ''), fragment);
  }

  #anchored(resource: Resource, name: string): Cursor | undefined {
    const loaded = this.#byPath.get(resource.document.source.absoluteRef);
    if (!loaded || loaded instanceof ReadError) return undefined;
    const named = loaded.survey.anchors.filter((anchor) => anchor.name === name);
    const anchor = named.find(({ pointer }) => isWithin(pointer, resource.pointer)) ?? named[0];
    return anchor && at(resource.document, anchor.pointer);
  }

  /** Follows a pointer, through references on the way where the parts of a document are referred to. */
  walk(root: Cursor, pointer: string): Cursor {
    let here = root;
    for (const key of keysOf(pointer)) {
      const next = child(here, key);
      here = next.value === undefined ? child(this.#through(here), key) : next;
    }
    return here;
  }

  #through(cursor: Cursor, hops = 0): Cursor {
    if (!isObject(cursor.value) || typeof cursor.value.$ref !== 'string' || hops > 100) return cursor;
    const next = this.find(cursor, cursor.value.$ref);
    return typeof next === 'string' ? cursor : this.#through(next, hops + 1);
  }
}

/** A fragment is percent-encoded (RFC 6901 section 6), each key by itself, since a key may hold a slash. */
function decodeFragment(fragment: string): string {
  if (!fragment.includes('%')) return fragment;
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part).replaceAll('/', '~1');
    } catch {
      return part;
    }
  };
  return fragment.split('/').map(decode).join('/');
}
