type Result = IteratorResult<unknown, undefined>;
const DONE: Result = { value: undefined, done: true };

interface Reader {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Received messages until they are read. It is for its owner to keep `size` small. */
export class Inbox {
  #messages: unknown[] = [];
  #taken = 0;
  readonly #readers: Reader[] = [];
  #end: { failure: { readonly error: unknown } | undefined } | undefined;
  readonly #onTaken: () => void;

  /** `onTaken` is told after each message that was read. */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  get size(): number {
    return this.#messages.length - this.#taken;
  }

  push(message: unknown): void {
    if (this.#end) return;
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ value: message, done: false });
    else this.#messages.push(message);
  }

  dropOldest(): void {
    this.#shift();
  }

  /** The next message; at the end the failure, once, then none. */
  next(): Promise<Result> {
    if (this.size > 0) {
      const value = this.#shift();
      this.#onTaken();
      return Promise.resolve({ value, done: false });
    }
    if (this.#end) return this.#ended(this.#end);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** After this no message comes. With `isCut` those at hand are dropped, else they can still be read. */
  end(failure: { readonly error: unknown } | undefined, isCut: boolean): void {
    if (isCut) {
      this.#messages = [];
      this.#taken = 0;
    }
    this.#end ??= { failure };
    for (const { resolve, reject } of this.#readers.splice(0)) this.#ended(this.#end).then(resolve, reject);
  }

  #ended(end: { failure: { readonly error: unknown } | undefined }): Promise<Result> {
    const { failure } = end;
    end.failure = undefined;
    return failure ? Promise.reject(failure.error) : Promise.resolve(DONE);
  }

  // An index instead of Array.shift(), which moves all that is behind it.
  #shift(): unknown {
    const message = this.#messages[this.#taken];
    this.#messages[this.#taken] = undefined;
    this.#taken++;
    if (this.#taken === this.#messages.length) {
      this.#messages = [];
      this.#taken = 0;
    } else if (this.#taken >= 1024 && this.#taken * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#taken);
      this.#taken = 0;
    }
    return message;
  }
}
