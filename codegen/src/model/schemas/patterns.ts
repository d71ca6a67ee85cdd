const isRegExp = (pattern: string, flags: string): boolean => {
  try {
    new RegExp(pattern, flags);
    return true;
  } catch {
    return false;
  }
};

/** The parts of a pattern: classes, escapes, quantifiers and single characters. */
const PARTS = /\[(?:\\[\s\S]|[^\]\\])*\]|\\[\s\S]|\{\d+(?:,\d*)?\}|[\s\S]/g;
const TOKENS = /\\[\s\S]|[\s\S]/g;

/** An escape that means the character itself, where the `u` flag does not allow it. */
function mendEscape(token: string, inClass: boolean): string {
  if (!/^\\[^A-Za-z0-9^$\\.*+?()[\]{}|/]$/.test(token)) return token;
  return inClass && token === '\\-' ? token : token.slice(1);
}

/** A set of characters such as `\w`, beside which a dash is a dash. */
const isSet = (token: string | undefined): boolean => token !== undefined && /^\\[wWdDsSpP]$/.test(token);

function mendClass(part: string): string {
  const tokens = part.slice(1, -1).match(TOKENS) ?? [];
  const mended = tokens.map((token, index) => {
    const isInner = index > 0 && index < tokens.length - 1;
    const isDash = token === '-' && isInner && (isSet(tokens[index - 1]) || isSet(tokens[index + 1]));
    return isDash ? '\\-' : mendEscape(token, true);
  });
  return `[${mended.join('')}]`;
}

function mendPart(part: string): string {
  if (/^[{}\]]$/.test(part)) return `\\${part}`;
  return part.startsWith('[') ? mendClass(part) : mendEscape(part, false);
}

/**
 * A pattern as the `u` flag wants it, with the same meaning (JSON Schema 2020-12 section 6.4 asks for that
 * flag, while documents are often written without); undefined when it is no regular expression of ECMAScript.
 */
export function toUnicodePattern(pattern: string): string | undefined {
  if (isRegExp(pattern, 'u')) return pattern;
  if (!isRegExp(pattern, '')) return undefined;
  const mended = (pattern.match(PARTS) ?? []).map(mendPart).join('');
  return isRegExp(mended, 'u') ? mended : undefined;
}
