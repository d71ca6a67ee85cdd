import type { PartFormat } from '@flowwire/contract';
import { PROTO_FAULT, readJson } from '../json.ts';
import { type InputFinding, ProblemError } from '../problem.ts';
import { readScalar } from '../scalar.ts';

type Formats = Readonly<Record<string, PartFormat>>;

const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** The JSON pointer to a field of a form. */
export const pointerTo = (name: string): string => `/${escapePointer(name)}`;

/** The format of a declared field; not of what every object has, such as `constructor`. */
export const formatOf = (formats: Formats, name: string): PartFormat | undefined =>
  Object.hasOwn(formats, name) ? formats[name] : undefined;

/** The fields of a form or multipart body on their way to an object, and what is wrong with them. */
export class Fields {
  readonly #formats: Formats;
  readonly #values = new Map<string, unknown[]>();
  readonly #findings: InputFinding[] = [];
  readonly #limit: number;
  #count = 0;

  /** `limit`: how many fields there may be, repeated ones counted each. */
  constructor(formats: Formats, limit: number) {
    this.#formats = formats;
    this.#limit = limit;
  }

  /** Counts a field. @throws ProblemError for one too many, or one that no object can have */
  admit(name: string): void {
    this.#count += 1;
    if (this.#count > this.#limit) {
      throw new ProblemError('payload_too_large', `The body has more than ${this.#limit} fields.`, {
        findings: [
          { in: 'body', pointer: pointerTo(name), code: 'maxProperties', message: 'is one too many' },
        ],
      });
    }
    if (name === '__proto__') throw new ProblemError('malformed_body', `The body ${PROTO_FAULT}.`);
  }

  add(name: string, value: unknown): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
  }

  /** Adds what is sent as text, read as the document says. */
  addText(name: string, text: string): void {
    const format = formatOf(this.#formats, name);
    const { value, fault } =
      format?.kind === 'json' ? readJson(text) : { value: readScalar(format?.type ?? 'string', text) };
    if (fault === undefined) this.add(name, value);
    else this.fault(name, 'contentMediaType', fault);
  }

  fault(name: string, code: string, message: string): void {
    this.#findings.push({ in: 'body', pointer: pointerTo(name), code, message });
  }

  /**
   * The object of all fields. A field that was sent several times is a list, whatever the document says, so
   * that the validator says what is wrong with it.
   *
   * @throws ProblemError for fields that cannot be read
   */
  toObject(): Record<string, unknown> {
    if (this.#findings.length > 0) throw unreadable(this.#findings);
    const object: Record<string, unknown> = {};
    for (const [name, values] of this.#values) {
      const isList = values.length > 1 || formatOf(this.#formats, name)?.repeated === true;
      object[name] = isList ? values : values[0];
    }
    return object;
  }
}

const unreadable = (findings: readonly InputFinding[]): ProblemError => {
  const faults = findings.map(({ pointer, message }) => `${pointer} ${message}`);
  return new ProblemError('invalid_request', `The body cannot be read: ${faults.join('; ')}.`, { findings });
};
