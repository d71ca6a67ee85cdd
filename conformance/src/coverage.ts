import type { ApiSuite } from './api.ts';
import type { Documented, Ledger } from './ledger.ts';
import { hasBody } from './probes/probes.ts';

/** How one operation fared. */
export interface OperationCoverage {
  readonly operationId: string;
  readonly tried: number;
  readonly failed: number;
  /** How many of the answers that its document describes were seen. */
  readonly seen: number;
  readonly documented: number;
  /** Those that were not seen and that a request can bring about. */
  readonly missing: readonly Documented[];
  /** Those that were not seen, each with the reason why no request can be sure to bring it about. */
  readonly unprovoked: readonly (Documented & { readonly why: string })[];
}

/** Compares what was seen with what the document describes. */
export function coverageOf(
  suite: ApiSuite,
  ledger: Ledger,
  only: ((operationId: string) => boolean) | undefined,
): readonly OperationCoverage[] {
  const api = suite.contract.name;
  const ids = Object.keys(suite.contract.operations).filter((id) => !only || only(id));
  return ids.map((operationId) => {
    const entries = ledger
      .entries()
      .filter((entry) => entry.api === api && entry.operationId === operationId);
    const documented = documentedAnswers(suite, operationId);
    const unseen = documented.filter((answer) => !ledger.wasSeen(answer));
    const judged = unseen.map((answer) => ({ ...answer, why: reasonFor(suite, ledger, answer) }));
    return {
      operationId,
      tried: entries.length,
      failed: entries.filter(({ fault }) => fault !== undefined).length,
      documented: documented.length,
      seen: documented.length - unseen.length,
      // Without the flows most of them cannot be seen.
      missing: only
        ? []
        : judged.filter(({ why }) => why === undefined).map(({ why: _, ...answer }) => answer),
      unprovoked: judged.flatMap(({ why, ...answer }) => (why === undefined ? [] : [{ ...answer, why }])),
    };
  });
}

/** Every status of an operation, and each code of those with codes. */
function documentedAnswers({ contract }: ApiSuite, operationId: string): readonly Documented[] {
  const replies = contract.operations[operationId]?.replies ?? {};
  return Object.entries(replies).flatMap(([status, { errorCodes = [] }]) => {
    const base = { api: contract.name, operationId, status };
    const plain = status.startsWith('2') || errorCodes.length === 0 ? [base] : [];
    return [...plain, ...errorCodes.map((code) => ({ ...base, code: String(code) }))];
  });
}

const NO_BODY: string = 'an answer without a body fits every Accept';

const OTHER_NUMBER: string = 'the server answers with the other number of the same error';

const reasonFor = (
  { contract, unprovoked, sameCodes = [] }: ApiSuite,
  ledger: Ledger,
  answer: Documented,
): string | undefined => {
  const { operationId, status, code } = answer;
  if (status === '406' && !hasBody(contract.operations[operationId])) return NO_BODY;
  const others = sameCodes.map((pair) => pair.map(String)).filter((pair) => pair.includes(code ?? ''));
  if (others.flat().some((other) => ledger.wasSeen({ ...answer, code: other }))) return OTHER_NUMBER;
  return unprovoked.find(
    (one) =>
      (one.operationId === undefined || one.operationId === operationId) &&
      String(one.status) === status &&
      (one.code === undefined || String(one.code) === code),
  )?.why;
};
