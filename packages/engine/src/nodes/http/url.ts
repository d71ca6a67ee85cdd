/** Why nothing can be sent to this URL. It may hold secrets and so is not told. */
export function urlProblem(text: string, base?: URL): string | undefined {
  if (!URL.canParse(text, base?.href)) return 'the URL is no absolute URL such as https://example.com/path';
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return `the URL must begin with http: or https:, not ${url.protocol}`;
  }
  if (url.username === '' && url.password === '') return undefined;
  return 'the URL must not carry credentials; use a header, or `auth`';
}

/** A URL with more at the end of its query. `parts` are percent-encoded; what the URL has stays as it is. */
export function withQuery(url: string, parts: readonly string[]): string {
  // Whoever sends the request refuses what is no URL.
  if (parts.length === 0 || !URL.canParse(url)) return url;
  const full = new URL(url);
  full.search = [full.search.slice(1), ...parts].filter((part) => part !== '').join('&');
  return full.href;
}
