import { isObject, type JsonObject } from '../json.ts';
import { follow } from './references.ts';

const nameOf = (reference: string): string => reference.split(/[#/]/).at(-1) ?? '';

/** The references of a union's members. */
const membersOf = (schema: JsonObject): string[] =>
  [schema.oneOf, schema.anyOf]
    .flatMap((members) => (Array.isArray(members) ? members : []))
    .flatMap((member: unknown) => (isObject(member) && typeof member.$ref === 'string' ? [member.$ref] : []));

function repaired(target: unknown, members: readonly string[], root: JsonObject): unknown {
  if (typeof target !== 'string' || !/[#/]/.test(target)) return target;
  const found = target.startsWith('#') && follow(root, { pointer: '', value: { $ref: target } }).value;
  if (found !== undefined && found !== false) return target;
  return members.find((member) => nameOf(member) === nameOf(target)) ?? target;
}

/**
 * Lets the `mapping` of discriminators lead where the members of their unions lead. Redocly does so where it
 * expects a discriminator, but not in payloads of AsyncAPI that name another format.
 */
export function repairMappings(value: unknown, root: JsonObject): unknown {
  if (Array.isArray(value)) return value.map((item) => repairMappings(item, root));
  if (!isObject(value)) return value;
  const inner = Object.entries(value).map(([key, member]) => [key, repairMappings(member, root)]);
  const { discriminator } = value;
  if (!isObject(discriminator) || !isObject(discriminator.mapping)) return Object.fromEntries(inner);
  const members = membersOf(value);
  const mapping = Object.entries(discriminator.mapping).map(([key, target]) => [
    key,
    repaired(target, members, root),
  ]);
  const whole = { ...discriminator, mapping: Object.fromEntries(mapping) };
  return { ...Object.fromEntries(inner), discriminator: whole };
}
