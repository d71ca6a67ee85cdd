import type { Config } from './config.ts';
import type { Files } from './emit/api.ts';
import type { Problem } from './problems.ts';

/** What generating has made. */
export interface Generated {
  readonly files: Files;
  /** What was left out, and why. */
  readonly warnings: readonly Problem[];
  /** Absolute paths of every document that was read. */
  readonly inputs: readonly string[];
}

/** One folder to generate. */
export interface Job {
  /** The document that it is made of, for people. */
  readonly source: string;
  readonly out: string;
  /** Equal for jobs that make the same of the same documents. */
  readonly options: string;
  /** Throws DocumentError. */
  generate(): Promise<Generated>;
}

/** The work that a configuration asks for. The generator itself is loaded when the first job runs. */
export function planJobs({ apis, schemas }: Config): Job[] {
  return [
    ...apis.map((api) => ({
      source: api.openapi ?? api.asyncapi ?? '',
      out: api.out,
      options: JSON.stringify(api),
      generate: async () => (await import('./generate.ts')).generateApi(api),
    })),
    ...schemas.map((entry) => ({
      source: entry.schemas,
      out: entry.out,
      options: JSON.stringify(entry),
      generate: async () => (await import('./generate.ts')).generateSchemas(entry),
    })),
  ];
}
