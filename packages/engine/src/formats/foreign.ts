import { shorten } from '../definition/subject.ts';
import type { ImportProblem } from './import.ts';
import { isSensitive } from './secrets.ts';
import type { TextPlace } from './text.ts';

/** An object of a foreign definition, of which nothing is known yet. */
export type Foreign = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Foreign =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member of its own, never an inherited one; undefined of anything that is no object. */
export const member = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** A member that is a text, else the empty text. */
export function textIn(value: unknown, name: string): string {
  const text = member(value, name);
  return typeof text === 'string' ? text : '';
}

/** A member that is a list, else the empty list. */
export function listIn(value: unknown, name: string): readonly unknown[] {
  const list = member(value, name);
  return Array.isArray(list) ? list : [];
}

/** A member that is a finite number, also one that is written as text. */
export function numberIn(value: unknown, name: string): number | undefined {
  const found = member(value, name);
  const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Whether a value is a literal under the name of a credential, long and in one piece as keys are. */
export const looksSecret = (name: string, value: unknown): boolean =>
  isSensitive(name) && typeof value === 'string' && /^[^\s{}]{8,}$/.test(value);

const MAX_ENTRIES = 100;
const MAX_MESSAGE = 500;

/** What there is to say about a foreign text, at most 100 problems and 100 notes. `at` is a line or a place. */
export interface Report {
  readonly problems: readonly ImportProblem[];
  readonly notes: readonly ImportProblem[];
  /** Tells why the text cannot be imported. */
  problem(message: string, at: number | TextPlace, nodeId?: string): void;
  /** Tells what is different, beyond single nodes. */
  note(message: string, at: number | TextPlace, nodeId?: string): void;
}

export function createReport(): Report {
  const problems: ImportProblem[] = [];
  const notes: ImportProblem[] = [];
  const addTo =
    (list: ImportProblem[]): Report['problem'] =>
    (message, at, nodeId) => {
      if (list.length >= MAX_ENTRIES) return;
      const place = typeof at === 'number' ? { line: at } : at;
      list.push({
        message: shorten(message, MAX_MESSAGE),
        ...place,
        ...(nodeId !== undefined && { nodeId }),
      });
    };
  return { problems, notes, problem: addTo(problems), note: addTo(notes) };
}
