import { isObject } from '../json.ts';

export type Language = 'en' | 'zh';

export const LANGUAGES: readonly Language[] = ['en', 'zh'];

const TRANSLATION = /^x-(.+)-zh$/;

/** Members that are data, in which nothing is translated. */
const DATA = new Set(['example', 'examples', 'default', 'const', 'enum']);

/**
 * A document as readers of a language see it: for Chinese, `x-summary-zh` takes the place of `summary`, and
 * so does every `x-<member>-zh` of its member. What has no translation stays as it is.
 */
export function localize(value: unknown, language: Language): unknown {
  if (language === 'en') return value;
  if (Array.isArray(value)) return value.map((item) => localize(item, language));
  if (!isObject(value)) return value;
  const translated: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value))
    translated[key] = DATA.has(key) ? member : localize(member, language);
  for (const [key, text] of Object.entries(value)) {
    const [, field] = TRANSLATION.exec(key) ?? [];
    if (field !== undefined && typeof text === 'string') translated[field] = text;
  }
  return translated;
}
