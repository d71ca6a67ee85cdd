/**
 * The URL to which paths are appended: without a slash at its end, and absolute. What has no origin of its
 * own is resolved against the page's.
 *
 * @throws TypeError The message leaves the value out, which may hold a password.
 */
export function resolveBaseUrl(baseUrl: string): string {
  const url = parse(baseUrl);
  const isUsable =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    // fetch refuses user and password; behind a query or fragment a path would be part of that.
    url.username + url.password + url.search + url.hash === '';
  if (isUsable) return url.href.replace(/\/+$/, '');
  throw new TypeError(
    "baseUrl must be an absolute http or https URL such as 'https://flows.example.com', without user, query and fragment",
  );
}

function parse(baseUrl: string): URL | undefined {
  // A host without a scheme would pass for a path, so a path has to show that it is one.
  const path = baseUrl === '' ? '/' : baseUrl;
  const base = /^\.{0,2}\//.test(path) ? globalThis.location?.href : undefined;
  try {
    return new URL(path, base);
  } catch {
    return undefined;
  }
}
