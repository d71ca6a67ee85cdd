import type { ModelChunk, ModelProvider, ModelRequest } from '../ports.ts';
import { type Prompt, readPrompt } from './prompt.ts';
import { countWords, piecesOf, rankSentences, rankTerms, sentencesOf, wordsOf } from './text.ts';

const UNABLE = {
  english:
    'No language model is configured. The offline model can only extract from a given text: ' +
    'summaries, key terms, a choice among listed options.',
  chinese: '未配置语言模型。离线模型只能从给定文本中提取内容：摘要、关键词，或在列出的选项中选择。',
};

/**
 * The built-in model `offline`: deterministic, without network, and no language model. It picks sentences
 * and words out of the prompt's own text by word frequency, in English and Chinese, for prompts that ask
 * for a summary, key terms, a title, JSON fields, a score, or one of listed options; a choice or a score
 * is a matter of shared words, not of understanding. To anything else it says what it cannot do.
 *
 * Answers are streamed word by word. Tokens are estimated: one for each Chinese, Japanese or Korean
 * character and one for every four other characters, rounded up.
 */
export function createOfflineModel(): ModelProvider {
  return {
    async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelChunk, void, void> {
      signal.throwIfAborted();
      const limit = request.maxOutputTokens ?? Number.POSITIVE_INFINITY;
      let written = '';
      let finishReason = 'stop';
      for (const text of piecesOf(reply(readPrompt(request.messages)))) {
        if (estimateTokens(written + text) > limit) {
          finishReason = 'length';
          break;
        }
        written += text;
        yield { type: 'text', text };
        signal.throwIfAborted();
      }
      const prompt = request.messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
      const tokens = { prompt, completion: estimateTokens(written) };
      yield { type: 'finish', model: 'offline', tokens, finishReason };
    },
  };
}

function reply(prompt: Prompt): string {
  const { task, instruction, chinese } = prompt;
  const material = prompt.material.trim();
  const unable = chinese ? UNABLE.chinese : UNABLE.english;
  if (task.type === 'choose') return choose(task.options, instruction, material);
  if (material === '') return unable;
  switch (task.type) {
    case 'score':
      return String(Math.round(task.from + (task.to - task.from) * overlap(instruction, material)));
    case 'fields':
      return JSON.stringify(
        Object.fromEntries(task.keys.map((key) => [key, fieldOf(key, material)])),
        null,
        2,
      );
    case 'terms':
      return list(rankTerms(material, task.count));
    case 'title':
      return clip(rankSentences(material, 1)[0] ?? material, 80);
    case 'sentences': {
      const sentences = rankSentences(material, task.count, wordsOf(instruction));
      return task.list ? list(sentences) : sentences.join(chinese ? '' : ' ');
    }
    case 'unknown':
      return unable;
  }
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

const POSITIVE = new Set(['yes', 'true', '是']);

/**
 * The option that the material names most often; of yes and no, yes where it has at least half of the
 * question's words. Without any evidence the last option, which by custom is the negative or the rest.
 */
function choose(options: readonly string[], instruction: string, material: string): string {
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
function overlap(instruction: string, material: string): number {
  const asked = [...new Set(wordsOf(instruction))].filter(
    (word) => !ANSWERING.has(word) && !/^\d+$/.test(word),
  );
  const found = new Set(wordsOf(material));
  return asked.length === 0 ? 0 : asked.filter((word) => found.has(word)).length / asked.length;
}

/** The rest of a line `key: value`, else the first sentence that has all the key's words, else null. */
function fieldOf(key: string, material: string): string | null {
  const words = key.toLowerCase().split('_');
  for (const line of material.split('\n')) {
    const colon = line.search(/[:：]/);
    const label = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (colon > 0 && label.length < 60 && words.every((word) => label.includes(word)))
      return line.slice(colon + 1).trim();
  }
  const holds = (sentence: string): boolean => words.every((word) => sentence.toLowerCase().includes(word));
  return sentencesOf(material).find(holds) ?? null;
}

function clip(text: string, length: number): string {
  if (text.length <= length) return text.replace(/[.。]$/, '');
  return `${text.slice(0, length).replace(/\s+\S*$/, '')}…`;
}

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

function estimateTokens(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return wide + Math.ceil((text.length - wide) / 4);
}
