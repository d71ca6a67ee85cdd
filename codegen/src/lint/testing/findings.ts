import { join } from 'node:path';
import { temporaryFolder } from '../../../test/support.ts';
import { createDocuments } from '../../load/documents.ts';
import type { LintRule } from '../rule.ts';
import { walk } from '../walk.ts';

/** What rules say of a document: `line message` for each finding, in the order in which it is found. */
export async function findingsOf(
  rules: readonly LintRule[],
  files: Readonly<Record<string, string>>,
  hasMessages = false,
): Promise<string[]> {
  const folder = await temporaryFolder(files);
  const documents = createDocuments();
  const [name = ''] = Object.keys(files);
  const root = await documents.open(join(folder, name));
  if (!root) throw new Error(`${name} cannot be read.`);
  const findings: string[] = [];
  const begun = rules.map(({ create }) =>
    create({
      documents,
      root,
      hasMessages,
      report: ({ document, pointer }, message) =>
        findings.push(`${document.locate(pointer, true).line} ${message}`),
    }),
  );
  const checks = await Promise.all(begun);
  const kind = name.startsWith('asyncapi') ? 'asyncDocument' : 'document';
  for (const seen of walk(root, kind, documents)) for (const check of checks) check(seen);
  return findings;
}

/** An OpenAPI document whose only operation begins in line 5, and whose schemas follow. */
export const document = (operation: string, schemas = '{}', version = '3.2.0'): Record<string, string> => ({
  'openapi.yaml': `openapi: ${version}
info: { title: T, version: 1.0.0 }
paths:
  /things:
    post:
${operation.replaceAll(/^/gm, '      ')}
components:
  schemas:
${schemas.replaceAll(/^/gm, '    ')}
`,
});
