import { type Change, SEVERITIES, stepOf } from './change.ts';

/** What was found about one document. */
export interface DocumentChanges {
  readonly document: string;
  readonly changes: readonly Change[];
  /** Why its version does not fit the changes, when that was asked for. */
  readonly version?: string;
}

const USES_SHOWN = 2;
const PLACE_WIDTH = 40;

const reached = ({ uses }: Change): string => {
  if (uses.length === 0) return '';
  const more = uses.length > USES_SHOWN ? ` and ${uses.length - USES_SHOWN} more` : '';
  return ` (${uses.slice(0, USES_SHOWN).join(', ')}${more})`;
};

const HEADINGS = { major: 'breaking', minor: 'compatible', patch: 'nothing that is sent changes' } as const;

function rows(changes: readonly Change[]): string {
  const width = Math.min(PLACE_WIDTH, Math.max(...changes.map(({ place }) => place.length)));
  const indent = ' '.repeat(width + 4);
  const row = (change: Change): string => {
    const { place, what, why, rule, severity } = change;
    const head = place.length > width ? `  ${place}\n${indent}` : `  ${place.padEnd(width)}  `;
    const reason = `${indent}${why} [${rule}]${reached(change)}\n`;
    return `${head}${what}\n${severity === 'patch' ? '' : reason}`;
  };
  return changes.map(row).join('');
}

/** The changes of one document as a table for each severity: where, what, why. */
export function toTable({ document, changes, version }: DocumentChanges): string {
  const tables = SEVERITIES.flatMap((severity) => {
    const some = changes.filter((change) => change.severity === severity);
    return some.length === 0 ? [] : [`\n${severity}, ${HEADINGS[severity]}: ${some.length}\n${rows(some)}`];
  });
  const summary = changes.length === 0 ? 'no changes' : `${stepOf(changes)}`;
  return `${document}: ${summary}\n${tables.join('')}${version === undefined ? '' : `\n${version}\n`}`;
}

/** The whole report for programs. */
export const toJson = (documents: readonly DocumentChanges[]): string =>
  JSON.stringify(
    {
      semver: stepOf(documents.flatMap(({ changes }) => changes)) ?? 'none',
      documents: documents.map(({ document, changes, version }) => ({
        document,
        semver: stepOf(changes) ?? 'none',
        ...(version !== undefined && { version }),
        changes,
      })),
    },
    null,
    2,
  );
