/** One mail address, with or without a name before it. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

// One address alone: no list, no comment, no line break, so that nothing in it adds a recipient or a header.
const ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]{1,64}@[^\s\p{Cc}<>()[\]\\,;:"@]{1,255}$/u;
const NAMED = /^(?:"([^"\\\p{Cc}]{0,200})"|([^"<>()[\]\\,;:@\p{Cc}]{0,200}))<([^<>]{1,320})>$/u;

/** Reads `a@b.test`, `Ann <a@b.test>` or `"Ann, B." <a@b.test>`; undefined for anything else. */
export function parseAddress(text: string): MailAddress | undefined {
  const trimmed = text.trim();
  if (ADDRESS.test(trimmed)) return { name: '', address: trimmed };
  const [, quoted, plain = '', address = ''] = NAMED.exec(trimmed.replace(/ {1,8}<(?=[^<]*$)/, '<')) ?? [];
  return ADDRESS.test(address) ? { name: (quoted ?? plain).trim(), address } : undefined;
}
