import type { Schema } from '../../model/api.ts';
import type { Statement } from './code.ts';
import type { HelperName } from './helpers.ts';
import type { Path } from './path.ts';
import type { Schemas } from './schemas.ts';

/** Who reads what the validators find. */
export type Audience =
  /** A server: every fault, formats to the letter. */
  | 'server'
  /** A client: the first fault, formats by pattern, so that the file stays small. */
  | 'client';

/** The file that functions are compiled into. */
export interface Module {
  readonly schemas: Schemas;
  readonly audience: Audience;
  /** The name of a helper, which the file then contains. */
  helper(name: HelperName): string;
  /** The name of a constant of the file. The same code is the same constant, named after where it is first needed. */
  constant(kind: string, code: string, words: readonly string[]): string;
  /**
   * The name of the function that checks a schema, which the file then contains. A marking one takes a set
   * as second argument and adds to it the names and indexes that the schema has evaluated.
   */
  functionFor(schema: Schema, words: readonly string[], marking?: boolean): string;
  /** Whether a schema inside another one is worth a function of its own. */
  isWorthFunction(schema: Schema): boolean;
}

/** A value that is checked, inside a function. */
export interface Site {
  /** A name, or something as short and free of effects. */
  readonly value: string;
  readonly path: Path;
  /** The name of the set that takes what is evaluated of the value (JSON Schema 2020-12 core, section 11). */
  readonly seen?: string;
}

/** The function that is being compiled. */
export class Scope {
  readonly module: Module;
  /** Words of its name. */
  readonly words: readonly string[];
  #names = 0;
  #usesOk = false;
  #usesMark = false;

  constructor(module: Module, words: readonly string[]) {
    this.module = module;
    this.words = words;
  }

  get isClient(): boolean {
    return this.module.audience === 'client';
  }

  /** A name that nothing else in the function has. */
  fresh(start: string): string {
    this.#names += 1;
    return `${start}${this.#names}`;
  }

  /** What happens when a check fails: a client stops, a server goes on. `error` is an expression that is false. */
  fail(error: string): string {
    if (this.isClient) return `return ${error};`;
    this.#usesOk = true;
    return `ok = ${error};`;
  }

  /**
   * The name of how many errors there were before what follows. In a function for a client that never
   * changes: it ends with its first error, and errors of refused branches go again.
   */
  mark(): { readonly name: string; readonly before: readonly Statement[] } {
    const found = this.module.helper('found');
    if (this.isClient) {
      this.#usesMark = true;
      return { name: 'mark', before: [] };
    }
    const name = this.fresh('mark');
    return { name, before: [`const ${name} = ${found}.length;`] };
  }

  /** Drops the errors since a mark, if any. */
  forget(mark: string): string {
    return `${this.module.helper('forget')}(${mark});`;
  }

  /** The words for a function that checks what is at a site. */
  wordsAt({ path }: Site, ...more: readonly string[]): string[] {
    return [...this.words, ...path.words, ...more];
  }

  /** The function's body, from the statements that check. */
  body(statements: readonly Statement[]): Statement[] {
    if (this.isClient) {
      const mark = `const mark = ${this.module.helper('found')}.length;`;
      return [...(this.#usesMark ? [mark] : []), ...statements, 'return true;'];
    }
    return this.#usesOk ? ['let ok = true;', ...statements, 'return ok;'] : [...statements, 'return true;'];
  }
}
