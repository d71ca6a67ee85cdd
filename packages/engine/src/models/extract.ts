import { countWords, sentencesOf, wordsOf } from './text.ts';

const POSITIVE = new Set(['yes', 'true', '是']);

/**
 * The option that the material names most often; of yes and no, yes where it has at least half of the
 * question's words. Without any evidence the last option, which by custom is the negative or the rest.
 */
export function choose(options: readonly string[], instruction: string, material: string): string {
  const [first = '', last = ''] = [options[0], options.at(-1)];
  if (POSITIVE.has(first.toLowerCase())) return overlap(instruction, material) >= 0.5 ? first : last;
  const counts = countWords(wordsOf(material));
  const scored = options.map((option) => {
    const words = wordsOf(option);
    return { option, score: words.reduce((sum, word) => sum + (counts.get(word) ?? 0), 0) };
  });
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score > 0 ? best.option : last;
}

// Words of the instruction that say how to answer rather than what about.
const ANSWERING = new Set(
  'answer reply respond word words yes no true false following text below score rate one mention mentions contain contains say says person candidate author know knows 提到 吗 呢 么 回答 是 否 文本 以下 是否 请'.split(
    ' ',
  ),
);

/** The share of the instruction's words that the material has. */
export const overlap = (instruction: string, material: string): number =>
  shareOf(instruction, new Set(wordsOf(material)));

/** The share of the instruction's words that were found. */
export function shareOf(instruction: string, found: ReadonlySet<string>): number {
  const asked = [...new Set(wordsOf(instruction))].filter(
    (word) => !ANSWERING.has(word) && !/^\d+$/.test(word),
  );
  return asked.length === 0 ? 0 : asked.filter((word) => found.has(word)).length / asked.length;
}

/** The rest of a line `key: value`, else the first sentence that has all the key's words, else null. */
export const fieldOf = (key: string, material: string): string | null =>
  labelled(key, '', labelsIn(material)) ?? sentenceWith(key, sentencesOf(material)) ?? null;

// A line may hold several labels: `Number: 7, amount: 12`.
const BETWEEN_LABELS = /\n|(?:[,;，；。！？]\s{0,9}|[.!?]\s{1,9})(?=[^,;:，；：\n]{1,40}[:：])/;
const MAX_LABEL = 60;
const MAX_LABELS = 1_000;

/** `label: value`. The label is in lower case. */
export interface Label {
  readonly label: string;
  readonly value: string;
}

/** The labels of a text with their values: the first thousand. */
export function labelsIn(material: string): readonly Label[] {
  const labels = material.split(BETWEEN_LABELS).flatMap((line) => {
    const colon = line.search(/[:：]/);
    const label = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    return label === '' || label.length >= MAX_LABEL ? [] : [{ label, value: line.slice(colon + 1).trim() }];
  });
  return labels.slice(0, MAX_LABELS);
}

/** The value of the first label that has all words of the name, or that stands in the description. */
export function labelled(name: string, description: string, labels: readonly Label[]): string | undefined {
  const words = wordsOfName(name);
  const described = description.toLowerCase();
  return labels.find(
    ({ label }) =>
      words.every((word) => label.includes(word)) || (label.length > 1 && described.includes(label)),
  )?.value;
}

/** The first sentence that has all words of the name. */
export function sentenceWith(name: string, sentences: readonly string[]): string | undefined {
  const words = wordsOfName(name);
  return sentences.find((sentence) => words.every((word) => sentence.toLowerCase().includes(word)));
}

/** The words of `a_name`, `a-name` or `aName`, in lower case. */
export const wordsOfName = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[_\s-]+/)
    .filter((word) => word !== '');
