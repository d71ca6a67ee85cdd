import type { Parameter } from '@flowwire/contract';
import { type Decode, readJoined, readList, readObject, splitMember } from './styles.ts';

/** The names and texts of a query or of cookies, as they were sent. */
export type Pairs = readonly (readonly [name: string, text: string])[];

export const parsePairs = (text: string, separator: string): Pairs =>
  text.split(separator).flatMap((part) => {
    const piece = part.trim();
    return piece === '' ? [] : [splitMember(piece) ?? ([piece, ''] as const)];
  });

/** The member that `p[member]` names; some clients put `[]` behind the name of a list. */
const memberOf = (key: string, parameter: string, decode: Decode): string | undefined => {
  // Brackets that are escaped while others are not are a part of the member's name.
  const name = key.includes('[') ? key : key.replace(/%5B/gi, '[').replace(/%5D/gi, ']');
  const start = name.indexOf('[');
  if (start < 0 || decode(name.slice(0, start)) !== parameter) return undefined;
  const end = name.endsWith('][]') ? name.length - 3 : name.length - 1;
  return name[end] === ']' && end > start ? name.slice(start + 1, end) : undefined;
};

/** Prepares the reading of one parameter from pairs (OpenAPI 3.2 section 4.12.6); undefined when it is not there. */
export const pairsReader = (
  parameter: Parameter,
  /** Tells the members of an object whose members stand side by side with other parameters. */
  isMember: (name: string) => boolean,
  decode: Decode,
): ((pairs: Pairs) => unknown) => {
  const { name, type, style, explode } = parameter;

  const textsOf = (pairs: Pairs): string[] =>
    pairs.filter(([key]) => decode(key) === name).map(([, text]) => text);

  const readMembers = (pairs: Pairs): unknown => {
    const members = pairs.flatMap(([key, text]) => {
      const member = style === 'deepObject' ? memberOf(key, name, decode) : key;
      const isOwn = member !== undefined && (style === 'deepObject' || isMember(decode(key)));
      return isOwn ? [[member, text] as const] : [];
    });
    return members.length === 0 ? undefined : readObject(parameter, members, decode);
  };

  if (type === 'object' && (explode || style === 'deepObject')) return readMembers;
  return (pairs) => {
    const texts = textsOf(pairs);
    const [text] = texts;
    if (text === undefined) return undefined;
    if (type === 'array' && (explode || texts.length > 1)) return readList(parameter, texts, decode);
    // A scalar that comes twice stays a list of texts, so that the validator says what is wrong with it.
    return texts.length > 1 ? texts.map(decode) : readJoined(parameter, text, decode);
  };
};
