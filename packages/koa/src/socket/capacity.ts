/** The place that one connection takes. */
export interface Seat {
  /** The connection is authenticated. Answers whether its caller has less than `max` places already. */
  take(caller: string, max: number): boolean;
  /** Safe to call twice. */
  leave(): void;
}

/** How many connections there are, and of whom. */
export class Capacity {
  readonly #byCaller = new Map<string, number>();
  total = 0;
  unauthenticated = 0;

  enter(): Seat {
    this.total += 1;
    this.unauthenticated += 1;
    let caller: string | undefined;
    let isLeft = false;
    return {
      take: (name, max) => {
        if (isLeft || caller !== undefined || !this.#admit(name, max)) return false;
        caller = name;
        this.unauthenticated -= 1;
        return true;
      },
      leave: () => {
        if (isLeft) return;
        isLeft = true;
        this.total -= 1;
        if (caller === undefined) this.unauthenticated -= 1;
        else this.#release(caller);
      },
    };
  }

  #admit(caller: string, max: number): boolean {
    const count = this.#byCaller.get(caller) ?? 0;
    if (count >= max) return false;
    this.#byCaller.set(caller, count + 1);
    return true;
  }

  #release(caller: string): void {
    const count = this.#byCaller.get(caller) ?? 0;
    if (count > 1) this.#byCaller.set(caller, count - 1);
    else this.#byCaller.delete(caller);
  }
}
