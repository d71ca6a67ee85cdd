import { type Cursor, child, entries, items } from '../../load/cursor.ts';
import type { LintRule } from '../rule.ts';
import { nearest, type Seen } from '../walk.ts';

// What this project asks of its own documents, beyond what is right for everybody's.

/** What an operation takes and says, as far as it decides which answers there are. */
interface Traits {
  readonly hasBody: boolean;
  readonly hasParameters: boolean;
  readonly hasPathParameters: boolean;
  readonly isSecured: boolean;
  /** Whether some credentials need a permission. */
  readonly isScoped: boolean;
  /** Faults in what is sent are told by an error code with a status of 200. */
  readonly tellsFaultsOtherwise: boolean;
}

/** An answer that operations of a kind can give. */
interface Status {
  readonly status: string;
  readonly needs: (traits: Traits) => boolean;
  readonly because: string;
}

const STATUSES: readonly Status[] = [
  {
    status: '400',
    needs: (it) => (it.hasBody || it.hasParameters) && !it.tellsFaultsOtherwise,
    because: 'what is sent may not fit the document',
  },
  { status: '401', needs: (it) => it.isSecured, because: 'credentials may be missing' },
  { status: '403', needs: (it) => it.isScoped, because: 'credentials may lack the permission' },
  {
    status: '404',
    needs: (it) => it.hasPathParameters && !it.tellsFaultsOtherwise,
    because: 'what the path names may not be there',
  },
  { status: '406', needs: () => true, because: '`Accept` may name nothing that is answered' },
  { status: '413', needs: (it) => it.hasBody, because: 'the body may be too large' },
  { status: '415', needs: (it) => it.hasBody, because: 'the body may be of another media type' },
  { status: '429', needs: () => true, because: 'there may be too many requests' },
  { status: '500', needs: () => true, because: 'the server may have a fault' },
  { status: '503', needs: () => true, because: 'the server may be shutting down' },
];

type Context = Parameters<LintRule['create']>[0];

/** The ways to authenticate; none when the operation is open to everybody. */
function schemesOf(operation: Cursor, root: Cursor): [name: string, scopes: Cursor][] {
  const own = child(operation, 'security');
  const security = items(own.value === undefined ? child(root, 'security') : own);
  return security.some((entry) => entries(entry).length === 0) ? [] : security.flatMap(entries);
}

function traitsOf({ cursor, via }: Seen, { documents, root }: Context): Traits {
  const inherited = via ? items(child(via.cursor, 'parameters')) : [];
  const parameters = [...items(child(cursor, 'parameters')), ...inherited].map((one) =>
    documents.follow(one),
  );
  const schemes = schemesOf(cursor, root);
  const fine = documents.follow(child(cursor, 'responses', '200'));
  return {
    hasBody: child(cursor, 'requestBody').value !== undefined,
    hasParameters: parameters.length > 0,
    hasPathParameters: parameters.some((parameter) => child(parameter, 'in').value === 'path'),
    isSecured: schemes.length > 0,
    isScoped: schemes.some(([, scopes]) => items(scopes).length > 0),
    tellsFaultsOtherwise: child(fine, 'x-error-codes').value !== undefined,
  };
}

const isDeclared = (responses: Cursor, status: string): boolean =>
  [status, `${status.charAt(0)}XX`, 'default'].some((key) => child(responses, key).value !== undefined);

const operationStatuses: LintRule = {
  id: 'operation-statuses',
  severity: 'error',
  what: 'Every operation declares each status that the server can answer it with.',
  why: 'Generated clients know the errors of an operation by its statuses.',
  create: (context) => (seen) => {
    // Callbacks and webhooks are answered by somebody else.
    if (seen.kind !== 'operation' || nearest(seen, 'callback') || !nearest(seen, 'paths')) return;
    const responses = child(seen.cursor, 'responses');
    const traits = traitsOf(seen, context);
    const missing = STATUSES.filter(({ status, needs }) => needs(traits) && !isDeclared(responses, status));
    for (const { status, because } of missing)
      context.report(
        responses.value === undefined ? seen.cursor : responses,
        `${status} is missing: ${because}.`,
      );
  },
};

const operationScopes: LintRule = {
  id: 'operation-scopes',
  severity: 'error',
  what: 'Every operation says itself who may call it, with permissions wherever a key is asked for.',
  why: 'The server checks exactly these. What is inherited is easily overlooked.',
  create:
    ({ report }) =>
    (seen) => {
      if (seen.kind !== 'operation' || !nearest(seen, 'paths') || nearest(seen, 'callback')) return;
      const security = child(seen.cursor, 'security');
      if (security.value === undefined) report(seen.cursor, 'The operation has no `security` of its own.');
      const all = items(security).flatMap((entry) => entries(entry));
      if (all.length > 0 && all.every(([, scopes]) => items(scopes).length === 0))
        report(security, 'No permission is named: any key may do this.');
    },
};

const chineseSummary: LintRule = {
  id: 'summary-zh',
  severity: 'error',
  what: 'Every operation and every message has `x-summary-zh`.',
  why: 'The documentation is published in Chinese too.',
  create:
    ({ report }) =>
    ({ kind, cursor, via }) => {
      const isTitled =
        kind === 'operation' || kind === 'asyncOperation' || (kind === 'message' && via?.kind !== 'message');
      if (!isTitled) return;
      const { value } = child(cursor, 'x-summary-zh');
      if (typeof value !== 'string' || !/\p{Script=Han}/u.test(value))
        report(cursor, '`x-summary-zh` is missing.');
    },
};

const errorCodes: LintRule = {
  id: 'error-codes',
  severity: 'error',
  what: 'Every answer with a status of 400 or more lists its error codes in `x-error-codes`.',
  why: 'Clients and the documentation know the codes of an operation from there.',
  create:
    ({ report }) =>
    ({ kind, cursor, name, via }) => {
      if (kind !== 'response' || via?.kind !== 'responses' || !/^[45]/.test(name)) return;
      if (items(child(cursor, 'x-error-codes')).length === 0) report(cursor, '`x-error-codes` is missing.');
    },
};

const retryAfter: LintRule = {
  id: 'retry-after',
  severity: 'error',
  what: 'Every answer 429 and 503 has `Retry-After`.',
  why: 'Clients wait as long as it says.',
  create:
    ({ report }) =>
    ({ kind, cursor, name, via }) => {
      if (kind !== 'response' || via?.kind !== 'responses' || (name !== '429' && name !== '503')) return;
      const headers = entries(child(cursor, 'headers')).map(([header]) => header.toLowerCase());
      if (!headers.includes('retry-after')) report(cursor, 'The header `Retry-After` is missing.');
    },
};

/** The rules of `--rules flowwire`. */
export const projectRules: readonly LintRule[] = [
  operationStatuses,
  operationScopes,
  chineseSummary,
  errorCodes,
  retryAfter,
];
