// V8 searches in linear time as long as its tables cover the whole of the part.
const MAX_NATIVE = 250;

/** `text.includes(part)` in linear time (Knuth, Morris, Pratt): the built-in one takes text times part at worst. */
export function includesText(text: string, part: string): boolean {
  if (part.length <= MAX_NATIVE) return text.includes(part);
  if (part.length > text.length) return false;
  const borders = bordersOf(part);
  let matched = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    while (matched > 0 && part.charCodeAt(matched) !== unit) matched = borders[matched - 1] ?? 0;
    if (part.charCodeAt(matched) === unit) matched++;
    if (matched === part.length) return true;
  }
  return false;
}

/** For each prefix the length of its longest proper prefix that it also ends with. */
function bordersOf(part: string): Uint32Array {
  const borders = new Uint32Array(part.length);
  let length = 0;
  for (let index = 1; index < part.length; index++) {
    const unit = part.charCodeAt(index);
    while (length > 0 && part.charCodeAt(length) !== unit) length = borders[length - 1] ?? 0;
    if (part.charCodeAt(length) === unit) length++;
    borders[index] = length;
  }
  return borders;
}
