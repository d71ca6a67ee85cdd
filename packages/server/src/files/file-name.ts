const MAX_NAME = 200;

// Controls, and the marks that turn the direction of text: they make a name look like another one.
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

// Half of a surrogate pair is nothing that could be stored.
const wellFormed = (text: string): string => Buffer.from(text).toString();

/**
 * The name of an upload as it may be kept and shown: without folders and what cannot be seen, 200 characters at most.
 * Of a longer one the end is kept, which has the extension.
 */
export const cleanName = (name: string): string => {
  const base = wellFormed(name.slice(name.search(/[^/\\]*$/)));
  return [...base.replace(HIDDEN, '_')].slice(-MAX_NAME).join('');
};
