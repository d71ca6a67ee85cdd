import type { OperationModel, ParameterGroup } from '../model/api.ts';
import { bodyType, contentTypeMember } from './bodies.ts';
import { indent } from './text.ts';

/** The parameters of a request by their place, as members of an object type. */
export const groupMembers = (
  groups: readonly ParameterGroup[],
  typeOf: (group: ParameterGroup) => string,
): string[] => groups.map((group) => `${group.name}${group.required ? '' : '?'}: ${typeOf(group)};`);

export const objectType = (members: readonly string[]): string =>
  members.length > 0 ? `{\n${indent(members.join('\n'))}\n}` : '{}';

/** Everything that a request carries; a union where its body has several media types. */
export function emitInput(
  { groups, body }: OperationModel,
  typeOf: (group: ParameterGroup) => string,
): string {
  const members = groupMembers(groups, typeOf);
  const content = body?.content ?? [];
  const optional = body?.required ? '' : '?';
  if (content.length < 2)
    return objectType([...members, ...content.map((media) => `body${optional}: ${bodyType(media)};`)]);
  const forms = content.map((media, index) => {
    // Whoever names a media type has a body.
    const mark = index === 0 ? optional : '';
    return `\n  | { ${contentTypeMember(content, index)}body${mark}: ${bodyType(media)} }`;
  });
  return members.length === 0 ? forms.join('') : `${objectType(members)} & (${forms.join('')}\n)`;
}

/** Whether a request can be made without any input. */
export const needsInput = ({ groups, body }: Pick<OperationModel, 'groups' | 'body'>): boolean =>
  body?.required === true || groups.some(({ required }) => required);
