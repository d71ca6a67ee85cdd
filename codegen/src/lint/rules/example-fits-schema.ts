import type { LintRule } from '../rule.ts';

/** Redocly checks some examples, but no items of streams, no data in texts and no messages. */
export const exampleFitsSchema: LintRule = {
  id: 'example-fits-schema',
  severity: 'error',
  what: 'Every example fits its schema.',
  why: 'Examples are what people copy, and what mock servers answer.',
  async create({ documents, report }) {
    // What compiles schemas takes half a second to load.
    const { ExampleCheck } = await import('../examples/check.ts');
    const check = new ExampleCheck(documents, report);
    return (seen) => check.see(seen);
  },
};
