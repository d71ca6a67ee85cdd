export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a media type is JSON (RFC 6838 section 4.2.8: `+json` too). */
export const isJsonMediaType = (type: string): boolean => /^application\/(.+\+)?json$/i.test(type);
