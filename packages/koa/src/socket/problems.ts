import { type Finding, MAX_FINDINGS, type ReadMessage, toFindings } from '@flowwire/contract';
import { type Problem, ProblemError, type ProblemKind } from '../problem.ts';
import { CLOSE } from './close.ts';

const comeAgain = { headers: { 'Retry-After': '1' } };

export const INTERNAL = new ProblemError(
  'internal',
  'The server could not answer. The error has been recorded.',
).problem;
export const FOREIGN = new ProblemError('forbidden', 'Pages of this origin may not connect.').problem;
export const BAD_PATH = new ProblemError('invalid_request', 'The path is not well formed.').problem;
export const FULL = new ProblemError('unavailable', 'There are too many connections.', comeAgain).problem;
export const DRAINING = new ProblemError('unavailable', 'The server is shutting down.', comeAgain).problem;
export const TOO_MANY = new ProblemError('rate_limited', 'Too many messages. Wait before the next one.')
  .problem;
export const KNOWN_ALREADY = new ProblemError('conflict', 'The connection is authenticated already.').problem;

const NAMED_CODES: Readonly<Partial<Record<ProblemKind, number>>> = {
  internal: CLOSE.internal,
  unavailable: CLOSE.draining,
};

/** The close code for a refusal: made from its status, as the codes from 4400 on are. */
export const codeOf = ({ kind, status }: Problem): number =>
  NAMED_CODES[kind] ?? (status < 500 ? 4000 + status : CLOSE.internal);

/** What is wrong with a client's message; `discriminator` tells messages apart, where something does. */
export const invalidMessage = (
  read: Exclude<ReadMessage, { readonly kind: 'known' }>,
  discriminator: string | undefined,
): Problem => {
  const unknown: Finding = {
    pointer: discriminator === undefined ? '' : `/${discriminator}`,
    code: discriminator === undefined ? 'oneOf' : 'discriminator',
    message: discriminator === undefined ? 'is none of the known messages' : 'has a value that is not known',
  };
  const findings = read.kind === 'invalid' ? toFindings(read.errors) : [unknown];
  const [first] = findings;
  const what = first && `${first.pointer || '/'} ${first.message}`;
  return new ProblemError('invalid_request', `The message is not valid: ${what}.`, {
    findings: findings.slice(0, MAX_FINDINGS).map((finding) => ({ ...finding, in: 'body' })),
  }).problem;
};
