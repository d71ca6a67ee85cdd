/** What a client asks of the mock in its `Prefer` header (RFC 7240). */
export interface Preference {
  /** `code=404`: the status to be answered. */
  readonly code?: number;
  /** `example=name`: the named example to be sent. */
  readonly example?: string;
  /** `dynamic=true`: a made-up body, even where there is an example. */
  readonly dynamic: boolean;
}

/** A preference of ours that makes no sense; others are nobody's business here and are passed over. */
export class PreferenceError extends Error {
  override readonly name = 'PreferenceError';
}

const NAMES = ['code', 'example', 'dynamic'];

/** Reads `code=404, example=name`. Semicolons separate as well: Prism's users write both. @throws PreferenceError */
export function readPreference(header: string | readonly string[] | undefined): Preference {
  const text = [header ?? []].flat().join(',');
  const pairs = (text.match(/(?:"[^"]*"|[^,;"])+/g) ?? []).flatMap((part): [string, string][] => {
    const [name = '', ...rest] = part.split('=');
    const value = rest
      .join('=')
      .trim()
      .replace(/^"(.*)"$/, '$1');
    return NAMES.includes(name.trim().toLowerCase()) ? [[name.trim().toLowerCase(), value]] : [];
  });
  const { code, example, dynamic } = Object.fromEntries(pairs);
  if (code !== undefined && !/^[1-5]\d\d$/.test(code))
    throw new PreferenceError(`Prefer: code=${code} is no status. Write, for example, code=404.`);
  return {
    ...(code !== undefined && { code: Number(code) }),
    ...(example !== undefined && { example }),
    dynamic: dynamic === 'true',
  };
}
