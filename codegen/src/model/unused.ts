import { type Cursor, child } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';

/** What is not generated for parts of a document, and what that means for who calls its operations. */
const UNUSED = {
  callbacks: 'Nothing is generated for them.',
  webhooks: 'Nothing is generated for them.',
  links: 'Nothing is generated for them.',
  servers: 'The client sends every request to its own baseUrl.',
} as const;

export function warnOfUnused(cursor: Cursor, feature: keyof typeof UNUSED, documents: Documents): void {
  const used = child(cursor, feature);
  if (used.value !== undefined) documents.warn(used, `Not supported yet: ${feature}. ${UNUSED[feature]}`);
}
