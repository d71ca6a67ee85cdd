import { type Label, labelsIn } from './extract.ts';
import type { Source } from './prompt.ts';
import { rankSentences, rankTerms, sentencesOf, wordsOf } from './text.ts';

/** What the text of a request tells, each part read once and only when something asks for it. */
export interface Reading {
  readonly instructionLines: readonly string[];
  labels(): readonly Label[];
  /** Words of the whole message, without the plural's s. */
  stems(): ReadonlySet<string>;
  // These are of the material, without the instruction before it.
  sentences(): readonly string[];
  words(): ReadonlySet<string>;
  /** The most frequent first, 20 at most. */
  terms(): readonly string[];
  /** The three sentences that say most. */
  summary(): readonly string[];
  title(): string | undefined;
}

export const MAX_TERMS = 20;
// What is longer is a table or worse, and answers nothing.
const MAX_SENTENCE = 1_000;

export function createReading({ text, material, instruction }: Source): Reading {
  return {
    instructionLines: instruction.split('\n'),
    labels: once(() => labelsIn(text)),
    stems: once(() => new Set(stemsOf(text))),
    sentences: once(() => sentencesOf(material).filter(({ length }) => length <= MAX_SENTENCE)),
    words: once(() => new Set(wordsOf(material))),
    terms: once(() => rankTerms(material, MAX_TERMS)),
    summary: once(() => rankSentences(material, 3)),
    title: once(() => rankSentences(material, 1)[0]),
  };
}

/** Words without the plural's s. */
export const stemsOf = (text: string): readonly string[] =>
  wordsOf(text).map((word) => word.replace(/(?<=[a-z]{3})s$/, ''));

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
