import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { formatFinding } from '../src/lint/finding.ts';
import { lintApi } from '../src/lint/lint.ts';
import { createRedocly } from '../src/lint/redocly.ts';
import { exampleFitsSchema } from '../src/lint/rules/example-fits-schema.ts';
import { hasExample } from '../src/lint/rules/has-example.ts';
import { projectRules } from '../src/lint/rules/project.ts';

const ROOT = join(import.meta.dirname, '../..');

const { apis } = await loadConfig(join(ROOT, 'flowwire.config.json'));

test.each(
  apis.map(({ name, out, ...documents }) => ({ name: name ?? out.split('/').at(-1) ?? '', ...documents })),
)(
  'every body of $name has an example, every example fits its schema, and no rule is broken',
  async (pair) => {
    const redocly = await createRedocly(join(ROOT, 'redocly.yaml'), []);
    const findings = await lintApi(pair, [exampleFitsSchema, hasExample, ...projectRules], redocly);
    expect(findings.map(formatFinding)).toEqual([]);
  },
);
