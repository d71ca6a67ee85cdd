/** A media type without its parameters, in lower case (RFC 9110 section 8.3.1). */
export function essenceOf(mediaType: string): string {
  return mediaType.replace(/;.*/s, '').trim().toLowerCase();
}

/** Whether it stands for several media types, such as `image/*`. */
export function isRange(mediaType: string): boolean {
  return essenceOf(mediaType).endsWith('/*');
}

/** application/json, text/json or any type with the suffix +json, parameters ignored (RFC 6839). */
export function isJson(mediaType: string): boolean {
  return /^(?:application|text)\/json$|^[^\s]+\+json$/.test(essenceOf(mediaType));
}

/** The entry that says most about a media type: its own, else that of the narrowest range. */
export function closest<Entry extends { readonly mediaType: string }>(
  entries: readonly Entry[],
  mediaType: string,
): Entry | undefined {
  const type = essenceOf(mediaType);
  const ranges = [type, type.replace(/\/.*/, '/*'), '*/*'];
  for (const range of ranges) {
    const entry = entries.find((other) => essenceOf(other.mediaType) === range);
    if (entry !== undefined) return entry;
  }
  return undefined;
}
