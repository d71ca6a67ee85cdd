/** Where a text stops being JSON: an offset in UTF-16 code units, or -1 when it is JSON (RFC 8259). */
export const jsonErrorOffset = (text: string): number => {
  const open: string[] = [];
  let expects: 'value' | 'value or ]' | 'key' | 'key or }' | ':' | 'more' = 'value';
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const char = text.charAt(at);
    if (expects === 'more') {
      if (open.length === 0) return at;
      const inObject = open.at(-1) === '{';
      if (char === ',') expects = inObject ? 'key' : 'value';
      else if (char === (inObject ? '}' : ']')) open.pop();
      else return at;
      at += 1;
    } else if (expects === ':') {
      if (char !== ':') return at;
      expects = 'value';
      at += 1;
    } else if ((expects === 'key or }' && char === '}') || (expects === 'value or ]' && char === ']')) {
      open.pop();
      expects = 'more';
      at += 1;
    } else if (expects === 'key' || expects === 'key or }') {
      if (char !== '"') return at;
      const end = stringEnd(text, at);
      if (end < 0) return -end;
      expects = ':';
      at = end;
    } else if (char === '{' || char === '[') {
      open.push(char);
      expects = char === '{' ? 'key or }' : 'value or ]';
      at += 1;
    } else {
      const end = char === '"' ? stringEnd(text, at) : literalEnd(text, at);
      if (end < 0) return -end;
      if (end === at) return at;
      expects = 'more';
      at = end;
    }
    at = skipSpace(text, at);
  }
  return expects === 'more' && open.length === 0 ? -1 : text.length;
};

const skipSpace = (text: string, from: number): number => {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return at;
};

const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

const literalEnd = (text: string, from: number): number => {
  LITERAL.lastIndex = from;
  return LITERAL.test(text) ? LITERAL.lastIndex : from;
};

/** Behind the closing quote; for a string that is broken, its break negated (never 0: a quote precedes it). */
const stringEnd = (text: string, from: number): number => {
  let at = from + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return -at;
    if (code === 0x5c) {
      ESCAPE.lastIndex = at;
      if (!ESCAPE.test(text)) return -at;
      at = ESCAPE.lastIndex;
    } else at += 1;
  }
  return -text.length;
};
