import { docComment, indent, LINE_WIDTH, propertyKey } from '../text.ts';
import {
  isCompound,
  type ListNode,
  type Member,
  type ObjectNode,
  type TupleNode,
  type TypeNode,
} from './nodes.ts';

// Lays types out in lines: on one line where it fits, else a member to a line. What stands around a type
// takes `used` columns of its first line beside the margin `pad`.

/** The type with what separates it from the text before it: a blank, or a line break. */
export function printAfter(node: TypeNode, pad: string, used: number): string {
  return isBroken(node, pad.length + used) ? printBroken(node, pad) : ` ${printType(node, pad)}`;
}

/** Whether a union or an intersection is written with one member to a line. */
function isBroken(node: TypeNode, column: number): node is ListNode {
  if (!isCompound(node)) return false;
  if (node.flat !== undefined) return column + node.flat.length > LINE_WIDTH;
  const flats = node.types.flatMap(({ flat }) => flat ?? []);
  if (node.kind === 'intersection') return column + flats.join(' & ').length > LINE_WIDTH - 10;
  return node.types.length - flats.length > 1;
}

const printBroken = (node: ListNode, pad: string): string => {
  const sign = node.kind === 'union' ? '|' : '&';
  return node.types.map((type) => `\n${pad}  ${sign} ${printMember(type, `${pad}    `)}`).join('');
};

/** A part of a union or an intersection. */
const printMember = (node: TypeNode, pad: string): string =>
  isCompound(node) ? printGroup(node, pad) : (flatObject(node) ?? printType(node, pad));

const printGroup = (node: TypeNode, pad: string): string =>
  isBroken(node, pad.length) ? `(${printBroken(node, pad)}\n${pad})` : `(${printType(node, pad)})`;

/** A type whose first line begins after what is there already; its further lines have the margin `pad`. */
export function printType(node: TypeNode, pad = ''): string {
  if (node.flat !== undefined) return node.flat;
  switch (node.kind) {
    case 'object':
      return printObject(node, pad);
    case 'array':
      return `${printMember(node.item, pad)}[]`;
    case 'tuple':
      return printTuple(node, pad);
    case 'union':
    case 'intersection':
      return node.types.map((type) => printMember(type, pad)).join(node.kind === 'union' ? ' | ' : ' & ');
    default:
      return node.flat;
  }
}

/** An object of one short member, such as the one that tells a branch of a union apart. */
function flatObject(node: TypeNode): string | undefined {
  if (node.kind !== 'object' || node.index || node.members.length !== 1) return undefined;
  const [only] = node.members;
  if (only?.comment !== '' || only.type.flat === undefined || only.type.flat.length > 40) return undefined;
  return `{ ${propertyKey(only.name)}${only.optional ? '?' : ''}: ${only.type.flat} }`;
}

function printTuple({ items, rest }: TupleNode, pad: string): string {
  const inner = `${pad}  `;
  const parts = items.map(({ type, optional }) => {
    const text = optional ? `${printMember(type, inner)}?` : printType(type, inner);
    return `${inner}${text},\n`;
  });
  if (rest) parts.push(`${inner}...${printMember(rest, inner)}[],\n`);
  return `[\n${parts.join('')}${pad}]`;
}

export function printObject({ members, index }: ObjectNode, pad: string): string {
  const inner = `${pad}  `;
  const lines = members.map((member) => printMemberLine(member, inner));
  if (index) lines.push(`${inner}[key: string]:${printAfter(index, inner, '[key: string]: ;'.length)};\n`);
  return `{\n${lines.join('')}${pad}}`;
}

function printMemberLine({ name, optional, type, comment }: Member, pad: string): string {
  const key = `${propertyKey(name)}${optional ? '?' : ''}:`;
  const doc = comment === '' ? '' : indent(docComment(comment), pad);
  return `${doc}${pad}${key}${printAfter(type, pad, key.length + 2)};\n`;
}
