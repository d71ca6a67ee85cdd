/** What came of one thing that was tried. */
export interface Entry {
  readonly api: string;
  readonly operationId: string;
  /** What was tried, in words. */
  readonly what: string;
  /** Absent where the server did as documented. */
  readonly fault?: string;
}

/** An answer that a document describes: a status, and the code in its body where it has codes. */
export interface Documented {
  readonly api: string;
  readonly operationId: string;
  readonly status: string;
  readonly code?: string;
}

/** Something that was not tried, and why. */
export interface Skipped {
  readonly api: string;
  readonly what: string;
  readonly why: string;
}

/** Keeps what was tried and which documented answers were seen. */
export interface Ledger {
  note(entry: Entry): void;
  skip(skipped: Skipped): void;
  saw(answer: Documented): void;
  entries(): readonly Entry[];
  skipped(): readonly Skipped[];
  wasSeen(answer: Documented): boolean;
}

const keyOf = ({ api, operationId, status, code }: Documented): string =>
  JSON.stringify([api, operationId, status, code ?? null]);

export function createLedger(onEntry: (entry: Entry) => void): Ledger {
  const entries: Entry[] = [];
  const skipped: Skipped[] = [];
  const seen = new Set<string>();
  return {
    note(entry) {
      entries.push(entry);
      onEntry(entry);
    },
    skip: (one) => void skipped.push(one),
    saw: (answer) => void seen.add(keyOf(answer)),
    entries: () => entries,
    skipped: () => skipped,
    wasSeen: (answer) => seen.has(keyOf(answer)),
  };
}
