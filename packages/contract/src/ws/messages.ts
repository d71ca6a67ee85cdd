import type { MessageFormat } from '../channel.ts';
import type { MessageValidators, SchemaError, Validator } from '../contract.ts';

/** What a received value is. */
export type ReadMessage =
  | { readonly kind: 'known'; readonly format: MessageFormat; readonly message: unknown }
  /** The document has no message of this type, or, where types are not told apart, none that it fits. */
  | { readonly kind: 'unknown'; readonly message: unknown }
  | { readonly kind: 'invalid'; readonly format: MessageFormat; readonly errors: readonly SchemaError[] };

/** One side of a channel, as the other side reads it. */
export interface MessageSide {
  readonly discriminator?: string | undefined;
  readonly formats: readonly MessageFormat[];
  readonly validators: MessageValidators;
}

interface Entry {
  readonly format: MessageFormat;
  readonly validate: Validator<unknown>;
}

/** The discriminator's value in a message; undefined when it has none that is a text. */
export function typeOf(message: unknown, discriminator: string | undefined): string | undefined {
  if (discriminator === undefined || typeof message !== 'object' || message === null) return undefined;
  if (!Object.hasOwn(message, discriminator)) return undefined;
  const value: unknown = Reflect.get(message, discriminator);
  return typeof value === 'string' ? value : undefined;
}

/**
 * Makes what tells the messages of one side apart and checks them: by the discriminator, at once; those
 * without it one schema after the other (AsyncAPI 3.1 section "Channel Object": a message must fit exactly one).
 *
 * @throws TypeError when a message has no validator.
 */
export function createMessageReader({
  discriminator,
  formats,
  validators,
}: MessageSide): (message: unknown) => ReadMessage {
  const tagged = new Map<string, Entry>();
  const untagged: Entry[] = [];
  for (const format of formats) {
    const validate = validators[format.type];
    if (validate === undefined) throw new TypeError(`the message ${format.type} has no validator`);
    if (format.untagged || discriminator === undefined) untagged.push({ format, validate });
    else tagged.set(format.type, { format, validate });
  }

  return (message) => {
    const type = typeOf(message, discriminator);
    const entry = type === undefined ? undefined : tagged.get(type);
    if (entry === undefined) {
      const fitting = untagged.find(({ validate }) => validate(message));
      return fitting ? { kind: 'known', format: fitting.format, message } : { kind: 'unknown', message };
    }
    const { format, validate } = entry;
    if (validate(message)) return { kind: 'known', format, message };
    return { kind: 'invalid', format, errors: validate.errors ?? [] };
  };
}
