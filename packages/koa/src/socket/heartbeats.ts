/** What is looked after from time to time. */
export interface Checked {
  check(now: number): void;
}

/** In so many groups, so that ten thousand pings do not leave at once. */
const SLICES = 16;

/** Calls `check` on each of its members every `intervalMs`. Its timer runs only while it has members. */
export class Heartbeats {
  readonly #sliceMs: number;
  readonly #slices: readonly Set<Checked>[] = Array.from({ length: SLICES }, () => new Set<Checked>());
  #count = 0;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(intervalMs: number) {
    this.#sliceMs = Math.max(1, intervalMs / SLICES);
  }

  /** Answers how to leave. The first check comes after one interval. */
  add(member: Checked): () => void {
    // The slice whose turn is just over.
    const slice = this.#slices[(this.#next + SLICES - 1) % SLICES];
    slice?.add(member);
    this.#count += 1;
    this.#timer ??= setInterval(() => this.#tick(), this.#sliceMs).unref();
    return () => {
      if (!slice?.delete(member)) return;
      this.#count -= 1;
      if (this.#count > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #tick(): void {
    const now = performance.now();
    for (const member of this.#slices[this.#next] ?? []) member.check(now);
    this.#next = (this.#next + 1) % SLICES;
  }
}
