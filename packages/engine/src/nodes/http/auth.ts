import { parseReferences, renderText, type Scope } from '../../definition/references.ts';
import type { HttpAuth } from '../../definition/types.ts';
import {
  addCookie,
  cookieNameProblem,
  type HeaderFields,
  headerNameProblem,
  invalidRequest,
  setHeader,
} from './headers.ts';

/** A request while it is put together. */
export interface RequestDraft {
  readonly headers: HeaderFields;
  /** Parts of the query, `name=value`, percent-encoded. */
  readonly query: string[];
}

/** Adds what proves who sends the request. Throws NodeError `invalid_request`. */
export function applyAuth(auth: HttpAuth, { headers, query }: RequestDraft, scope: Scope): void {
  if (auth.type === 'bearer') {
    setHeader(headers, 'authorization', `Bearer ${renderText(auth.token, scope)}`);
    return;
  }
  if (auth.type === 'basic') {
    setHeader(headers, 'authorization', basicCredentials(auth.username, auth.password, scope));
    return;
  }
  const value = renderText(auth.value, scope);
  if (auth.in === 'query') query.push(new URLSearchParams([[auth.name, value]]).toString());
  else if (auth.in === 'cookie') addCookie(headers, auth.name, value);
  else setHeader(headers, auth.name, value);
}

/** RFC 7617, in UTF-8. */
function basicCredentials(username: string, password: string, scope: Scope): string {
  const user = renderText(username, scope);
  if (user.includes(':')) throw invalidRequest(COLON);
  return `Basic ${Buffer.from(`${user}:${renderText(password, scope)}`).toString('base64')}`;
}

const COLON = 'the username of basic authentication cannot have a colon';

/** What is wrong with `auth` whatever its references come to: the member at fault, and why. */
export function* authProblems(auth: HttpAuth): Generator<{ member: string; message: string }> {
  if (auth.type === 'basic') {
    const literals = parseReferences(auth.username).filter((segment) => segment.type === 'literal');
    if (literals.some(({ text }) => text.includes(':'))) yield { member: 'username', message: COLON };
    return;
  }
  if (auth.type !== 'api_key' || auth.in === 'query') return;
  const message = auth.in === 'cookie' ? cookieNameProblem(auth.name) : headerNameProblem(auth.name);
  if (message !== undefined) yield { member: 'name', message };
}
