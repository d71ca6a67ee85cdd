import type { Audit } from '../audit/audit-log.ts';
import type { AppStore } from '../identity/app-store.ts';
import type { KeyStore } from '../identity/key-store.ts';
import type { Arguments } from './arguments.ts';

/** What a command reads and writes beside the store. */
export interface Io {
  /** What the command was asked for, alone, so that a script can take it. */
  out(text: string): void;
  /** Explanations for people. */
  err(text: string): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface Stores {
  readonly keys: KeyStore;
  readonly apps: AppStore;
  readonly audit: Audit;
}

export interface Command {
  /** What stands behind the program's name. */
  readonly usage: string;
  readonly about: string;
  /** Names of options that have a value. */
  readonly values: readonly string[];
  /** Names of options that have none. */
  readonly flags: readonly string[];
  /** What the one argument that is no option is called, where there is one. */
  readonly operand?: string;
  /**
   * Reads the arguments, and answers the work to do once the store is open.
   *
   * @throws UsageError
   */
  plan(args: Arguments, io: Io): (stores: Stores) => Promise<void>;
}

/** Thrown for arguments that a command cannot use. The program ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Thrown for what cannot be done, in words for the person who asked. The program ends with 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
