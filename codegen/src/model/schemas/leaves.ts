import { type Cursor, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { SchemaObject } from '../api.ts';
import { ADVICE, isCheckedFormat } from './keywords.ts';
import { toUnicodePattern } from './patterns.ts';

/** Reads the keywords that hold no schemas but are not taken as they are. */
export class LeafReader {
  readonly #documents: Documents;
  readonly #warned = new Set<string>();

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /** Warns of the first use in a document, since the next hundred say nothing new. */
  warnOnce(cursor: Cursor, subject: string, message: string): void {
    const key = `${cursor.document.source.absoluteRef} ${subject}`;
    if (!this.#warned.has(key)) this.#documents.warn(cursor, message);
    this.#warned.add(key);
  }

  unknown(keyword: string, place: Cursor): void {
    const advice = ADVICE[keyword] ?? '';
    this.warnOnce(
      place,
      keyword,
      `Schema keyword not known, so it is left out: ${keyword}. ${advice}`.trim(),
    );
  }

  pattern(place: Cursor): SchemaObject {
    const pattern = this.mend(text(place) ?? '', place);
    return pattern === undefined ? {} : { pattern };
  }

  /** A pattern as validators want it; undefined, and a warning, when it is none. */
  mend(pattern: string, place: Cursor): string | undefined {
    const mended = toUnicodePattern(pattern);
    if (mended === undefined) {
      const reason = 'This pattern is no regular expression of ECMAScript, so it is not checked';
      this.#documents.warn(place, `${reason}: ${pattern}`);
    }
    return mended;
  }

  /** Unknown formats are annotations (JSON Schema 2020-12, Validation, section 7). */
  format(place: Cursor): SchemaObject {
    const format = text(place) ?? '';
    if (format === '') return {};
    if (isCheckedFormat(format)) return { format };
    this.warnOnce(place, `format ${format}`, `Values of the format ${format} are not checked.`);
    return {};
  }

  exclusiveBound(keyword: 'exclusiveMinimum' | 'exclusiveMaximum', place: Cursor): void {
    if (typeof place.value !== 'boolean' || place.document.dialect === 'openapi-3.0') return;
    const inclusive = keyword.replace('exclusiveM', 'm');
    const advice = `It is taken as there: write the number of ${inclusive} as ${keyword}.`;
    this.warnOnce(place, keyword, `A boolean ${keyword} is of OpenAPI 3.0. ${advice}`);
  }

  recursiveRef(place: Cursor): SchemaObject {
    this.#documents.report(place, `Schema keyword not supported: $recursiveRef. ${ADVICE.$recursiveRef}`);
    return {};
  }
}
