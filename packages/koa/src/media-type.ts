/** A media type without its parameters, in lower case (RFC 9110 section 8.3.1). */
export const essenceOf = (mediaType: string): string => {
  const end = mediaType.indexOf(';');
  return (end < 0 ? mediaType : mediaType.slice(0, end)).trim().toLowerCase();
};

/** Whether an essence stands for several media types, such as `image/*`. */
export const isRange = (essence: string): boolean => essence.endsWith('/*');

/** Whether an essence is the documented one or in the documented range. */
const fits = (documented: string, essence: string): boolean =>
  documented === essence ||
  documented === '*/*' ||
  (isRange(documented) && essence.startsWith(documented.slice(0, -1)));

/** The entry that says most about a media type: its own, else that of the narrowest range. */
export const closest = <Entry extends { readonly essence: string }>(
  entries: readonly Entry[],
  essence: string,
): Entry | undefined =>
  entries.find((entry) => entry.essence === essence) ??
  entries.find((entry) => entry.essence !== '*/*' && fits(entry.essence, essence)) ??
  entries.find((entry) => entry.essence === '*/*');

const parameterValue = (pattern: RegExp, mediaType: string): string | undefined => {
  const match = pattern.exec(mediaType);
  return match?.[1] ?? match?.[2];
};

/** The parameter `charset` of a media type. */
export const charsetOf = (mediaType: string): string | undefined =>
  parameterValue(/;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]*))/i, mediaType);

/** The parameter `boundary` of a multipart media type. */
export const boundaryOf = (mediaType: string): string | undefined =>
  parameterValue(/;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;"]*))/i, mediaType);
