// Without `%`, which some clients take for the beginning of an escape (RFC 6266 appendix D).
const NOT_IN_QUOTES = /[^ !#$&-[\]-~]/g;
/** What `encodeURIComponent` leaves as it is, and RFC 8187 section 3.2.1 does not. */
const NOT_ATTR_CHAR = /['()*]/g;

const percentEncode = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/**
 * A `Content-Disposition` that lets a client save what is sent, under a name (RFC 6266). A name with other than plain
 * characters comes twice: as RFC 8187 spells it, and with `_` in their place for who does not read that.
 * Throws URIError for half of a surrogate pair, which no stored name has.
 */
export function attachment(name: string): string {
  const plain = name.replace(NOT_IN_QUOTES, '_');
  if (plain === name) return `attachment; filename="${plain}"`;
  const extended = encodeURIComponent(name).replace(NOT_ATTR_CHAR, percentEncode);
  return `attachment; filename="${plain}"; filename*=UTF-8''${extended}`;
}
