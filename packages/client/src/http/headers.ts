/**
 * Sets a header. The TypeError of Headers and of fetch quotes the value, which may be a secret; this one
 * does not, and it comes before anything is sent.
 *
 * @throws TypeError for a name or value that HTTP does not allow (RFC 9110 section 5).
 */
export function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new TypeError(
      `the header '${name}' cannot be sent: its name or value has characters that HTTP forbids`,
    );
  }
}
