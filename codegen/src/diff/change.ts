/** How much a change asks of info.version (semver.org), from most to least. */
export const SEVERITIES = ['major', 'minor', 'patch'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One change between two versions of a document. */
export interface Change {
  readonly severity: Severity;
  /** Names the judgement, such as `enum-values-added`. */
  readonly rule: string;
  /** Where, for people: `POST /things answer 200`, `Thing.name`. */
  readonly place: string;
  /** JSON pointer into the bundled document: the new one, or the old one for what was removed. */
  readonly pointer: string;
  /** The operations that it reaches, such as `request of createThing`. */
  readonly uses: readonly string[];
  readonly what: string;
  /** Why the severity is as it is. */
  readonly why: string;
}

const weightOf = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** Most severe first, then by place. */
export const inOrder = (changes: readonly Change[]): Change[] =>
  [...changes].sort(
    (a, b) =>
      weightOf(a.severity) - weightOf(b.severity) ||
      (a.place < b.place ? -1 : a.place > b.place ? 1 : 0) ||
      (a.what < b.what ? -1 : a.what > b.what ? 1 : 0),
  );

/** The step of info.version that changes ask for; undefined when there are none. */
export const stepOf = (changes: readonly Pick<Change, 'severity'>[]): Severity | undefined =>
  SEVERITIES.find((severity) => changes.some((change) => change.severity === severity));

/** Whether a step is at least as large as another one. */
export const isAtLeast = (step: Severity | undefined, least: Severity): boolean =>
  step !== undefined && weightOf(step) <= weightOf(least);
