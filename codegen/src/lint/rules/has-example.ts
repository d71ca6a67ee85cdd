import { isObject } from '../../json.ts';
import { type Cursor, child } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { LintRule } from '../rule.ts';
import { nearest, type Seen } from '../walk.ts';

const hasOwn = ({ value }: Cursor): boolean =>
  isObject(value) &&
  ('example' in value || (isObject(value.examples) && Object.keys(value.examples).length > 0));

/** The schema itself may carry the example; what is always the same needs none. */
function hasSchemaExample(schema: Cursor, documents: Documents): boolean {
  const { value } = documents.follow(schema);
  return isObject(value) && ('example' in value || 'examples' in value || 'const' in value);
}

/** Bodies that can be written down in a document. */
const isReadable = (mediaType: string): boolean =>
  /^text\/|[/+](json|xml|x-www-form-urlencoded)\b|jsonl|ndjson|json-seq/i.test(mediaType);

function isMissing({ cursor, name }: Seen, documents: Documents, hasMessages: boolean): boolean {
  if (!isReadable(name) || hasOwn(cursor)) return false;
  const itemSchema = child(cursor, 'itemSchema');
  if (itemSchema.value !== undefined) return !hasMessages && !hasSchemaExample(itemSchema, documents);
  const schema = child(cursor, 'schema');
  return schema.value !== undefined && !hasSchemaExample(schema, documents);
}

export const hasExample: LintRule = {
  id: 'body-has-example',
  severity: 'warning',
  what: 'Every body that can be written down, and every message, has an example. Events have theirs as messages.',
  why: 'Without one the documentation shows only types, and a mock server makes values up.',
  create:
    ({ documents, hasMessages, report }) =>
    (seen) => {
      if (
        seen.kind === 'mediaType' &&
        nearest(seen, 'requestBody', 'response') &&
        isMissing(seen, documents, hasMessages)
      )
        report(seen.cursor, `The body ${seen.name} has no example.`);
      if (seen.kind === 'message' && nearest(seen, 'channel', 'asyncOperation') !== undefined) {
        const { value } = child(seen.cursor, 'examples');
        if (!Array.isArray(value) || value.length === 0) report(seen.cursor, 'The message has no example.');
      }
    },
};
