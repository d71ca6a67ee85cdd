import { type SchemaError, toFindings } from '@flowwire/contract';

/** What is wrong with a value, for a person: the first fault, and how many there are. */
export function describeFaults(errors: readonly SchemaError[]): string {
  const [first, ...more] = toFindings(errors);
  const rest = more.length > 0 ? ` (and ${more.length} more)` : '';
  return first ? `${first.pointer || '/'} ${first.message}${rest}` : 'it is not valid';
}
