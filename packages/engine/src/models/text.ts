const SENTENCES = new Intl.Segmenter('und', { granularity: 'sentence' });
const WORDS = new Intl.Segmenter('zh', { granularity: 'word' });

// Function words carry no topic. English and Chinese, the languages of the sentence rules below.
const STOP_WORDS = new Set(
  (
    'a an the and or but nor so yet if then than as at by for from in into of off on onto out over to up with without within about above after ' +
    'again against all also any are aren be because been before being below between both can could did do does doing down during each few further ' +
    'had has have having he her here hers him his how i is it its just may me might more most must my no not now only other our ours own per same she should ' +
    'some such that their theirs them there these they this those through too under until very was we were what when where which while who whom why will ' +
    'would you your yours us via etc ' +
    '的 了 和 是 在 我 有 他 她 它 们 这 那 也 就 都 而 及 与 或 一个 没有 我们 你们 他们 以及 因为 所以 但是 如果 可以 对 中 为 上 下 将 被 把 从 到 等 并 其 之 于 以 不 很 更 最'
  ).split(' '),
);

/** A line of 70 characters or more was broken because it was full: its sentence goes on in the next. */
const FULL_LINE = 70;

/** The sentences of a text, trimmed. Breaks after short lines end a sentence; abbreviations do not always spare one. */
export function sentencesOf(text: string): readonly string[] {
  return unwrappedLines(text)
    .flatMap((line) => Array.from(SENTENCES.segment(line), ({ segment }) => segment.trim()))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

function unwrappedLines(text: string): readonly string[] {
  const lines: string[] = [];
  let wasFull = false;
  for (const line of text.split('\n')) {
    const goesOn = wasFull && line !== '';
    if (goesOn) lines.push(`${lines.pop() ?? ''} ${line}`);
    else lines.push(line);
    wasFull = line.length >= FULL_LINE;
  }
  return lines;
}

// The segmenter takes time that is quadratic in the length of its text: seconds for 100 000 characters.
const SLICE = 1_000;

/** The words of a text and what stands between them, joined the text itself. */
function* segmentsOf(text: string): Generator<Intl.SegmentData> {
  for (let from = 0; from < text.length; ) {
    const slice = text.slice(from, from + SLICE);
    const length = from + SLICE < text.length ? wholeWords(slice) : slice.length;
    yield* WORDS.segment(slice.slice(0, length));
    from += length;
  }
}

/** The length of the slice without a word that may go on; words without an end are cut between characters. */
function wholeWords(slice: string): number {
  const gap = Math.max(...[' ', '\n', '。', '，'].map((mark) => slice.lastIndexOf(mark)));
  if (gap >= 0) return gap + 1;
  return /[\uD800-\uDBFF]$/.test(slice) ? slice.length - 1 : slice.length;
}

/** The words of a text in lower case, function words left out. Chinese is cut by dictionary. */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmentsOf(text)) {
    const word = segment.toLowerCase();
    if (isWordLike && !STOP_WORDS.has(word)) words.push(word);
  }
  return words;
}

export function countWords(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/**
 * The `count` sentences that say most of what the text is about, in the text's order: by the frequency
 * of their words, evened out for length; words of `focus` weigh more.
 */
export function rankSentences(text: string, count: number, focus: readonly string[] = []): readonly string[] {
  const sentences = [...new Set(sentencesOf(text))];
  const counts = countWords(wordsOf(text));
  const wanted = new Set(focus);
  const scored = sentences.map((sentence, position) => {
    const words = [...new Set(wordsOf(sentence))];
    const weight = words.reduce((sum, word) => sum + (counts.get(word) ?? 0) * (wanted.has(word) ? 4 : 1), 0);
    // A list repeats what the text is about without saying anything about it.
    const isList = (sentence.match(/[,;，、；]/g)?.length ?? 0) * 3 > words.length;
    return { sentence, position, score: (isList ? 0.5 : 1) * (weight / Math.sqrt(words.length + 4)) };
  });
  return scored
    .sort((a, b) => b.score - a.score || a.position - b.position)
    .slice(0, count)
    .sort((a, b) => a.position - b.position)
    .map(({ sentence }) => sentence);
}

/**
 * The `count` most frequent words or two-word names, as the text first spells them. Names and acronyms,
 * spelled with capitals inside a sentence, count double; among equals the earlier one leads.
 */
export function rankTerms(text: string, count: number, exclude: readonly string[] = []): readonly string[] {
  const terms = new Map<string, { readonly spelling: string; readonly position: number; score: number }>();
  const excluded = new Set(exclude);
  let position = 0;
  let sentenceStarts = true;
  for (const { segment, isWordLike } of segmentsOf(text)) {
    position++;
    if (!isWordLike) {
      if (/[.!?。！？\n]/.test(segment)) sentenceStarts = true;
      continue;
    }
    const key = segment.toLowerCase();
    const isName = /\p{Lu}/u.test(sentenceStarts ? segment.slice(1) : segment);
    sentenceStarts = false;
    if (STOP_WORDS.has(key) || excluded.has(key) || !isTermLike(key)) continue;
    const term = terms.get(key) ?? { spelling: segment, position, score: 0 };
    term.score += isName ? 2 : 1;
    terms.set(key, term);
  }
  return [...terms.values()]
    .sort((a, b) => b.score - a.score || a.position - b.position)
    .slice(0, count)
    .map(({ spelling }) => spelling);
}

/** Single letters and bare numbers say nothing; a single Chinese character seldom does. */
const isTermLike = (word: string): boolean => word.length > 1 && !/^[\d.,]+$/.test(word);

/** Whether the text is written in Chinese, for answers in the reader's language. */
export const isChinese = (text: string): boolean =>
  (text.match(/\p{Script=Han}/gu)?.length ?? 0) * 4 > (text.match(/\p{L}/gu)?.length ?? 0);

/** Small pieces that join to the text: words with the space after them. */
export function* piecesOf(text: string): Generator<string> {
  let piece = '';
  for (const { segment, isWordLike } of segmentsOf(text)) {
    if (isWordLike && piece !== '') {
      yield piece;
      piece = '';
    }
    piece += segment;
  }
  if (piece !== '') yield piece;
}
