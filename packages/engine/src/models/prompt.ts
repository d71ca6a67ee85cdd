import type { ModelRequest } from '../ports.ts';
import { isChinese } from './text.ts';

/** What a prompt asks for, as far as pattern matching can tell. */
export interface Prompt {
  readonly task: Task;
  readonly instruction: string;
  /** The text to work on; empty when the prompt brings none. */
  readonly material: string;
  readonly chinese: boolean;
}

export type Task =
  | { readonly type: 'choose'; readonly options: readonly string[] }
  | { readonly type: 'score'; readonly from: number; readonly to: number }
  | { readonly type: 'fields'; readonly keys: readonly string[] }
  | { readonly type: 'terms'; readonly count: number }
  | { readonly type: 'title' }
  | { readonly type: 'sentences'; readonly count: number; readonly list: boolean }
  | { readonly type: 'unknown' };

// Longer material is cut: ranking is linear in it, but all of it happens in one turn of the event loop.
const MAX_MATERIAL = 100_000;
const MAX_INSTRUCTION = 1_000;
const NUMBERS: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  一: 1,
  二: 2,
  两: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
  十: 10,
};

export const TERMS =
  /\b(keywords?|key words|skills?|terms|topics?|tags?|technologies)\b|关键词|关键字|技能|标签|主题词/i;
export const TITLE = /\b(title|headline|subject line)\b|标题/i;
export const SUMMARY =
  /\b(summar\w+|tl;?dr|shorten|condense|abstract|main points|key points|bullet points|highlights|gist)\b|总结|概括|摘要|概述|要点|归纳/i;

/**
 * Reads the last user message as an instruction and its material: the instruction ends at the first
 * blank line, or at a colon that the material follows. A last paragraph about the text "above" is the
 * instruction of what stands before it. System messages give the instruction where the user message is
 * material alone.
 */
export function readPrompt(messages: ModelRequest['messages']): Prompt {
  const user = userText(messages);
  const split = splitMessage(user);
  const ownTask = taskOf(split.instruction);
  const systemText = systemTextOf(messages).slice(-MAX_INSTRUCTION);
  const systemTask = taskOf(systemText);
  const bySystem = ownTask.type === 'unknown' && systemTask.type !== 'unknown';
  const [instruction, material] = bySystem ? [systemText, user] : [split.instruction, split.material];
  return {
    task: bySystem ? systemTask : ownTask,
    instruction,
    material: material.slice(0, MAX_MATERIAL),
    chinese: isChinese(user),
  };
}

/** What there is to fill an answer's schema from. */
export interface Source {
  /** The last user message. */
  readonly text: string;
  /** That message without the instruction that it begins with, where it clearly does. */
  readonly material: string;
  /** The system messages. */
  readonly instruction: string;
}

export function readSource(messages: ModelRequest['messages']): Source {
  const text = userText(messages).slice(0, MAX_MATERIAL);
  const split = splitMessage(text);
  const isTold = split.material !== '' && taskOf(split.instruction).type !== 'unknown';
  return {
    text,
    material: isTold ? split.material : text,
    instruction: systemTextOf(messages).slice(0, MAX_MATERIAL),
  };
}

const userText = (messages: ModelRequest['messages']): string =>
  messages.findLast(({ role }) => role === 'user')?.content.trim() ?? '';

const systemTextOf = (messages: ModelRequest['messages']): string =>
  messages.flatMap(({ role, content }) => (role === 'system' ? [content] : [])).join('\n');

function splitMessage(message: string): { instruction: string; material: string } {
  const blocks = message.split(/\n\s*\n/);
  const [first = '', ...rest] = blocks;
  const last = rest.at(-1) ?? '';
  if (last.length < 300 && /\b(above|preceding)\b|以上|上述|上面/i.test(last)) {
    return { instruction: last, material: blocks.slice(0, -1).join('\n\n') };
  }
  if (rest.length > 0 && first.length <= MAX_INSTRUCTION)
    return { instruction: first, material: rest.join('\n\n') };
  const colon = /^(.{3,300}?)[:：]\s*(?=\S)/s.exec(message);
  const tail = colon ? message.slice(colon[0].length) : '';
  // A short tail belongs to the instruction, as in "answer yes or no: is it late?".
  if (colon?.[1] && tail.length >= 80) return { instruction: colon[1], material: tail };
  if (colon?.[1] && tail !== '' && /\b(text|following|below|this)\b|以下|下面|文本|内容/i.test(colon[1])) {
    return { instruction: colon[1], material: tail };
  }
  return { instruction: message.slice(0, MAX_INSTRUCTION), material: '' };
}

function taskOf(instruction: string): Task {
  const options = optionsIn(instruction);
  if (options.length > 1) return { type: 'choose', options };
  const range =
    /\b(?:score|rate|rating|grade)\b.{0,80}?(\d{1,4})\s*(?:-|–|to|and)\s*(\d{1,4})/is.exec(instruction) ??
    /(?:评分|打分|分数).{0,40}?(\d{1,4})\s*(?:-|到|至|～|~)\s*(\d{1,4})/s.exec(instruction);
  if (range) return { type: 'score', from: Number(range[1]), to: Number(range[2]) };
  const keys = keysIn(instruction);
  if (keys.length > 0) return { type: 'fields', keys };
  if (TERMS.test(instruction)) {
    return { type: 'terms', count: numberIn(instruction) ?? 5 };
  }
  if (TITLE.test(instruction)) return { type: 'title' };
  if (SUMMARY.test(instruction)) {
    const list = /\b(points|bullets?|list|highlights)\b|要点|列出/i.test(instruction);
    return { type: 'sentences', count: numberIn(instruction) ?? 3, list };
  }
  if (
    /\b(extract|find|quote|what|which|who|when|where|list|name|identify|describe|explain)\b|提取|找出|什么|哪些|谁|列出|说明/i.test(
      instruction,
    )
  ) {
    return {
      type: 'sentences',
      count: numberIn(instruction) ?? 2,
      list: /\b(list|name)\b|列出/i.test(instruction),
    };
  }
  return { type: 'unknown' };
}

/** `yes or no`, `one of: a, b or c`, 是或否, 以下之一：甲、乙. */
function optionsIn(instruction: string): readonly string[] {
  const listed =
    /\bone of(?: the following| these)?(?: \w{1,20})?\s*[:：]?\s*([^\n.;。；]{3,300})/i.exec(instruction) ??
    /(?:之一|其中一个|选项)\s*[:：]\s*([^\n.;。；]{2,300})/.exec(instruction);
  if (listed?.[1]) {
    const options = listed[1]
      .split(/\s*[,，、|/]\s*(?:or\s+)?|\s+or\s+|或/)
      .map((option) => option.replace(/^["'`“‘]|["'`”’]$/g, '').trim());
    if (options.length > 1 && options.every((option) => option !== '' && option.length <= 40)) return options;
  }
  if (/\byes\s*(?:or|\/|,)\s*no\b/i.test(instruction)) return ['yes', 'no'];
  if (/是\s*(?:或者?|\/)\s*否|是否/.test(instruction)) return ['是', '否'];
  return /\btrue\s*(?:or|\/)\s*false\b/i.test(instruction) ? ['true', 'false'] : [];
}

/** The keys of `JSON with keys a, b and c`. */
function keysIn(instruction: string): readonly string[] {
  if (!/json/i.test(instruction)) return [];
  const list = /(?:keys?|fields?|properties|字段|键)\s*[:：]?\s*([^\n.;。；]{1,300})/i.exec(instruction)?.[1];
  return list
    ? (list.match(/[\p{L}_][\p{L}\p{N}_]{0,40}/gu) ?? []).filter((key) => !/^(and|or|as|json|和)$/i.test(key))
    : [];
}

function numberIn(instruction: string): number | undefined {
  const digits = /\b(\d{1,2})\b/.exec(instruction)?.[1];
  const word =
    /\b(one|two|three|four|five|six|seven|eight|nine|ten)\b|([一二两三四五六七八九十])\s*(?:个|句|条|点|项)/i.exec(
      instruction,
    );
  const number =
    digits === undefined ? NUMBERS[(word?.[2] ?? word?.[1] ?? '').toLowerCase()] : Number(digits);
  return number === undefined || number < 1 ? undefined : Math.min(number, 20);
}
