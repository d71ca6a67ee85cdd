import { relative } from 'node:path';
import type { Problem, Severity } from '../problems.ts';
import type { Place } from './resolve.ts';
import type { ReadError } from './source.ts';

/** A problem whose line is not looked up yet. */
interface Note extends Place {
  readonly onKey: boolean;
  readonly message: string;
  readonly severity: Severity;
}

const nameOf = (path: string): string => relative(process.cwd(), path);

const locate = ({ document, pointer, onKey, message, severity }: Note): Problem => ({
  file: nameOf(document.source.absoluteRef),
  ...document.locate(pointer, onKey),
  message,
  severity,
});

/** Gathers problems. Their lines are looked up when they are asked for. */
export class Notes {
  readonly #located: Problem[] = [];
  #pending: Note[] = [];
  #failed = false;

  get problems(): readonly Problem[] {
    this.#located.push(...this.#pending.map(locate));
    this.#pending = [];
    return this.#located;
  }

  /** Whether one of them is an error. */
  get failed(): boolean {
    return this.#failed;
  }

  /** `onKey`: at the key of the place, not at what stands there. */
  add({ document, pointer }: Place, message: string, severity: Severity, onKey = true): void {
    this.#failed ||= severity === 'error';
    this.#pending.push({ document, pointer, onKey, message, severity });
  }

  /** A file that was asked for and cannot be read. */
  addUnreadable(path: string, { message, position }: ReadError): void {
    this.#failed = true;
    this.#located.push({ file: nameOf(path), ...position, message, severity: 'error' });
  }
}
