import type { PartFormat } from '@flowwire/contract';
import { Fields } from './fields.ts';

/**
 * Reads `application/x-www-form-urlencoded` (WHATWG URL section 5.1). Fields that the document does not
 * declare are text.
 *
 * @throws ProblemError for more fields than `limit`, and for JSON that breaks
 */
export const readForm = (
  text: string,
  formats: Readonly<Record<string, PartFormat>>,
  limit: number,
): Record<string, unknown> => {
  const fields = new Fields(formats, limit);
  // URLSearchParams would leave out a question mark at the start.
  for (const [name, value] of new URLSearchParams(`?${text}`)) {
    fields.admit(name);
    fields.addText(name, value);
  }
  return fields.toObject();
};
