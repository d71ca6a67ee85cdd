import { resolve } from 'node:path';
import { isObject } from '../json.ts';
import type { Problem } from '../problems.ts';
import { at, type Cursor } from './cursor.ts';
import { Notes } from './notes.ts';
import { CIRCULAR, DocumentSet, type LoadedDocument, type Place, type Resource } from './resolve.ts';
import { type Dialect, ReadError, readSource, type SourceDocument } from './source.ts';
import type { Anchor, Reference } from './survey.ts';
import { checkVersion } from './versions.ts';

/** A reference with what it leads to. */
export interface ResolvedReference extends Reference {
  readonly document: SourceDocument;
  readonly found: Cursor;
}

/** Documents that refer to one another, read once each. */
export interface Documents {
  /** Reads and checks a document and everything that it refers to. Undefined when it cannot be read. */
  open(path: string): Promise<Cursor | undefined>;
  /** Follows `$ref` until something else is found. A `$ref` that leads nowhere is a problem. */
  follow(cursor: Cursor): Cursor;
  /** Follows one `$ref`, even to another one. The cursor itself when there is none. */
  step(cursor: Cursor): Cursor;
  /** What `reference` leads to from `cursor`; undefined, and a problem, when that is nothing. */
  resolve(cursor: Cursor, reference: string): Cursor | undefined;
  /** Notes a fault; generation fails after all of them are known. */
  report(cursor: Cursor, message: string): void;
  /** Notes what is left out of what is generated, without changing what the rest means. */
  warn(cursor: Cursor, message: string): void;
  /** Errors and warnings, in no order. Looking up their lines costs time, so ask once at the end. */
  readonly problems: readonly Problem[];
  /** Whether an error is among the problems. */
  readonly failed: boolean;
  /** Absolute paths of every file that was asked for, also of those that are not there. */
  readonly files: readonly string[];
  /** What was opened, in that order. */
  readonly roots: readonly Cursor[];
  /** Every reference of the loaded documents that leads somewhere. */
  readonly references: readonly ResolvedReference[];
  /** Schemas that say `readOnly: true` or `writeOnly: true`. */
  readonly marks: readonly Place[];
  /** Schemas with a `$dynamicAnchor`. */
  readonly dynamicAnchors: readonly (Anchor & Place)[];
  /** The document, or the schema with `$id`, that a place belongs to. */
  resourceAt(place: Place): Resource | undefined;
}

/** The places of what the surveys of all documents found. */
const placed = <T extends object>(
  loaded: readonly LoadedDocument[],
  find: (entry: LoadedDocument) => readonly T[],
): (T & { document: SourceDocument })[] =>
  loaded.flatMap((entry) => find(entry).map((found) => ({ ...found, document: entry.document })));

class OpenedDocuments implements Documents {
  readonly roots: Cursor[] = [];
  readonly references: ResolvedReference[] = [];
  readonly #set = new DocumentSet();
  readonly #files = new Set<string>();
  readonly #notes = new Notes();
  /** Redocly cannot check documents whose references never end. */
  #isEndless = false;

  get problems(): readonly Problem[] {
    return this.#notes.problems;
  }

  get failed(): boolean {
    return this.#notes.failed;
  }

  get files(): string[] {
    return [...this.#files];
  }

  get marks(): Place[] {
    return placed(this.#set.loaded, ({ survey }) => survey.marks.map((pointer) => ({ pointer })));
  }

  get dynamicAnchors(): (Anchor & Place)[] {
    return placed(this.#set.loaded, ({ survey }) => survey.anchors.filter(({ dynamic }) => dynamic));
  }

  report(cursor: Place, message: string): void {
    this.#notes.add(cursor, message, 'error');
  }

  warn(cursor: Place, message: string): void {
    this.#notes.add(cursor, message, 'warning');
  }

  resourceAt(place: Place): Resource | undefined {
    return this.#set.resourceAt(place);
  }

  async open(path: string): Promise<Cursor | undefined> {
    const absolute = resolve(path);
    const added = await this.#load(absolute, 'json-schema');
    const loaded = this.#set.get(absolute);
    if (!loaded || loaded instanceof ReadError) {
      this.#notes.addUnreadable(absolute, loaded ?? new ReadError('Cannot be read.'));
      return undefined;
    }
    for (const entry of added) this.#checkReferences(entry);
    const root = at(loaded.document, '');
    this.roots.push(root);
    if (isObject(root.value) && checkVersion(root, this) && !this.#isEndless) await this.#lint(root);
    return root;
  }

  /** Reads a file and, before it returns, all that it refers to. Yields what was not read before. */
  async #load(path: string, referrer: Dialect): Promise<LoadedDocument[]> {
    if (this.#files.has(path)) return [];
    this.#files.add(path);
    const added = this.#set.add(path, await readSource(path, referrer));
    if (!added) return [];
    const { document, survey } = added;
    const all = [added];
    for (const { pointer, target } of survey.references) {
      const file = this.#set.fileOf({ document, pointer }, target);
      if (file !== undefined) all.push(...(await this.#load(file, document.dialect)));
    }
    return all;
  }

  #checkReferences({ document, survey }: LoadedDocument): void {
    for (const reference of survey.references) {
      const place = { document, pointer: reference.pointer };
      const found = this.#set.find(place, reference.target);
      const end = typeof found === 'string' || reference.keyword !== '$ref' ? found : this.#endOf(found);
      this.#isEndless ||= end === CIRCULAR;
      if (typeof end === 'string') this.#reportUnresolved(place, reference.target, end);
      else if (typeof found !== 'string') this.references.push({ ...reference, document, found });
    }
  }

  /** What is found at the end of a chain of references, or why there is no end. */
  #endOf(start: Cursor): Cursor | string {
    let here = start;
    for (let hops = 0; hops < 100; hops += 1) {
      const reference = isObject(here.value) ? here.value.$ref : undefined;
      const next = typeof reference === 'string' ? this.#set.find(here, reference) : here;
      if (next === here || typeof next === 'string') return here;
      here = next;
    }
    return CIRCULAR;
  }

  #reportUnresolved(place: Place, reference: string, reason: string): void {
    this.report(place, `Can't resolve $ref ${reference}: ${reason}`);
  }

  async #lint(root: Cursor): Promise<void> {
    const { lint } = await import('./lint.ts');
    try {
      const findings = await lint(root.document, (base, reference) => this.#findFile(base, reference));
      for (const { message, severity, onKey, ...place } of findings) {
        this.#notes.add(place, message, severity, onKey);
      }
    } catch (error) {
      // It gives up on references that it takes for endless, even where they are data.
      const reason = error instanceof Error ? error.message : String(error);
      this.warn(root, `The document could not be checked against its specification: ${reason}`);
    }
  }

  #findFile(base: string | null, reference: string): SourceDocument | undefined {
    const own = this.#set.get(base ?? reference);
    if (!own || own instanceof ReadError) return undefined;
    return base === null ? own.document : this.#set.documentOf(own.document, reference);
  }

  resolve(cursor: Cursor, reference: string): Cursor | undefined {
    const found = this.#set.find(cursor, reference);
    if (typeof found !== 'string') return found;
    this.#reportUnresolved(cursor, reference, found);
    return undefined;
  }

  step(cursor: Cursor): Cursor {
    if (!isObject(cursor.value) || typeof cursor.value.$ref !== 'string') return cursor;
    return this.resolve(cursor, cursor.value.$ref) ?? { ...cursor, value: undefined };
  }

  follow(cursor: Cursor): Cursor {
    let here = cursor;
    for (let hops = 0; hops < 100; hops += 1) {
      const next = this.step(here);
      if (next === here) return here;
      here = next;
    }
    this.report(cursor, CIRCULAR);
    return { ...cursor, value: undefined };
  }
}

/** Opens a set of documents. Problems gather until the caller asks for them. */
export const createDocuments = (): Documents => new OpenedDocuments();
