import type { ModelChunk, ModelMessage, ModelProvider, ModelRequest } from '../ports.ts';
import { choose, fieldOf, overlap } from './extract.ts';
import { fillSchema } from './fill.ts';
import { type Prompt, readPrompt, readSource } from './prompt.ts';
import { piecesOf, rankSentences, rankTerms, wordsOf } from './text.ts';

/** How the built-in model calls itself. */
export const OFFLINE_MODEL = 'offline';

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
 * is a matter of shared words, not of understanding. A request's `answerSchema` is filled in the same way.
 * To anything else it says what it cannot do. It sees no images and calls no tools.
 *
 * Answers are streamed word by word. Tokens are estimated: one for each Chinese, Japanese or Korean
 * character, one for every four other characters, rounded up, and IMAGE_TOKENS for an image.
 */
export function createOfflineModel(): ModelProvider {
  return {
    async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelChunk, void, void> {
      signal.throwIfAborted();
      let written = '';
      let finishReason = 'stop';
      for (const text of piecesOf(beforeStop(answerTo(request), request.stop))) {
        if (
          request.maxOutputTokens !== undefined &&
          estimateTokens(written + text) > request.maxOutputTokens
        ) {
          finishReason = 'length';
          break;
        }
        written += text;
        yield { type: 'text', text };
        signal.throwIfAborted();
      }
      const tokens = { prompt: promptTokens(request), completion: estimateTokens(written) };
      yield { type: 'finish', model: OFFLINE_MODEL, tokens, finishReason };
    },
  };
}

function answerTo({ messages, answerSchema }: ModelRequest): string {
  if (answerSchema === undefined) return reply(readPrompt(messages));
  return JSON.stringify(fillSchema(answerSchema, readSource(messages)), null, 2);
}

/** The text up to the first of the stop sequences in it. */
function beforeStop(text: string, stop: readonly string[] = []): string {
  const places = stop.map((sequence) => text.indexOf(sequence)).filter((place) => place >= 0);
  return text.slice(0, Math.min(text.length, ...places));
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

function clip(text: string, length: number): string {
  if (text.length <= length) return text.replace(/[.。]$/, '');
  return `${text.slice(0, length).replace(/\s+\S*$/, '')}…`;
}

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

function estimateTokens(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0;
  return wide + Math.ceil((text.length - wide) / 4);
}

// What a picture of about a thousand pixels a side takes at common providers.
const IMAGE_TOKENS = 765;

function promptTokens({ messages, tools }: ModelRequest): number {
  const described = tools === undefined ? 0 : estimateTokens(JSON.stringify(tools));
  return messages.reduce((sum, message) => sum + messageTokens(message), described);
}

function messageTokens(message: ModelMessage): number {
  const text = estimateTokens(message.content);
  if (message.role === 'user') return text + (message.images?.length ?? 0) * IMAGE_TOKENS;
  if (message.role === 'assistant' && message.toolCalls) {
    return text + estimateTokens(JSON.stringify(message.toolCalls));
  }
  return text;
}
