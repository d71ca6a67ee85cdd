/** An own member of what may be anything; undefined when it has none of that name. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/** The types that a schema's `type` allows; none where it says nothing. */
export function typesOf(schema: unknown): readonly string[] {
  return [member(schema, 'type')].flat().filter((type) => typeof type === 'string');
}
