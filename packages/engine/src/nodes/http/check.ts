import { escapePointer, parseReferences } from '../../definition/references.ts';
import type { Finding } from '../../definition/subject.ts';
import type { HttpAuth, HttpBody, HttpNode } from '../../definition/types.ts';
import { authProblems } from './auth.ts';
import { isBase64 } from './body.ts';
import { headerNameProblem, headerValueProblem } from './headers.ts';
import { urlProblem } from './url.ts';

const hasReference = (text: string): boolean =>
  parseReferences(text).some(({ type }) => type === 'reference');

const isReference = (text: string): boolean => {
  const [first, second] = parseReferences(text);
  return first?.type === 'reference' && second === undefined;
};

const invalid = (message: string, pointer: string): Finding => ({ code: 'invalid_node', message, pointer });

/** What is wrong with an http node, as far as it can be seen before its references have values. */
export function* checkHttp(node: HttpNode, at: string): Generator<Finding> {
  for (const finding of checkMembers(node, at)) yield { ...finding, nodeId: node.id };
}

function* checkMembers({ method, url, headers = {}, auth, body }: HttpNode, at: string): Generator<Finding> {
  yield* checkUrl(url, `${at}/url`);
  yield* checkHeaders(headers, `${at}/headers`);
  if (auth) yield* checkAuth(auth, `${at}/auth`);
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (auth && auth.type !== 'api_key' && names.includes('authorization')) {
    yield invalid('a node has `auth` or the header authorization, not both', `${at}/auth`);
  }
  if (!body) return;
  if (method === 'TRACE') yield invalid('a TRACE request cannot have a body', `${at}/body`);
  if (body.type === 'multipart' && names.includes('content-type')) {
    yield invalid('the content type of a multipart body has its boundary and cannot be set', `${at}/headers`);
  }
  yield* checkBody(body, `${at}/body`);
}

/** What is wrong with a URL in which references may stand. */
export function* checkUrl(url: string, at: string): Generator<Finding> {
  if (!hasReference(url)) {
    const problem = urlProblem(url);
    if (problem !== undefined) yield invalid(problem, at);
    return;
  }
  const [, scheme] = /^([a-z][a-z0-9+.-]{0,20}):/i.exec(url) ?? [];
  if (scheme === undefined || /^https?$/i.test(scheme)) return;
  yield invalid(`the URL must begin with http: or https:, not ${scheme}:`, at);
}

/** What is wrong with headers in whose values references may stand. */
export function* checkHeaders(headers: Readonly<Record<string, string>>, at: string): Generator<Finding> {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const pointer = `${at}/${escapePointer(name)}`;
    const literals = parseReferences(value).map((segment) =>
      segment.type === 'literal' ? segment.text : '',
    );
    const problem = headerNameProblem(name) ?? headerValueProblem(name, literals.join(''));
    if (problem !== undefined) yield invalid(problem, pointer);
    if (seen.has(name.toLowerCase())) yield invalid(`the header ${name} is there twice`, pointer);
    seen.add(name.toLowerCase());
  }
}

/** What is wrong with credentials. */
export function* checkAuth(auth: HttpAuth, at: string): Generator<Finding> {
  for (const { member, message } of authProblems(auth)) yield invalid(message, `${at}/${member}`);
}

function* checkBody({ type, content, content_type: contentType }: HttpBody, at: string): Generator<Finding> {
  const isForm = type === 'form' || type === 'multipart';
  if (isForm && contentType !== undefined) {
    yield invalid(`the content type of a ${type} body cannot be set`, `${at}/content_type`);
  }
  if (typeof content === 'string' && isReference(content)) return;
  if (isForm && (typeof content !== 'object' || content === null || Array.isArray(content))) {
    yield invalid(`the content of a ${type} body must be an object of its fields`, `${at}/content`);
  }
  if (type !== 'binary' || (typeof content === 'string' && hasReference(content))) return;
  if (!isBase64(content)) yield invalid('the content of a binary body must be base64 text', `${at}/content`);
}
