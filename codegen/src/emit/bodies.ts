import type { BodyContentModel, ReplyContentModel } from '../model/api.ts';
import { isRange } from '../model/media-types.ts';
import { quote } from './text.ts';

type Content = BodyContentModel | ReplyContentModel;

/** What a body is in a program. */
export function bodyType({ kind, schema }: Content): string {
  if (kind === 'text') return 'string';
  return kind === 'binary' || schema === undefined ? 'Blob' : schema;
}

/** A media type as a literal type; a range as a pattern. */
const mediaTypeType = (mediaType: string): string =>
  isRange(mediaType) ? `\`${mediaType.replaceAll('*', '$' + '{string}')}\`` : quote(mediaType);

/**
 * The members, each ending in a semicolon, by which one media type is told from the others of its body:
 * none where it is the only one, optional for the first.
 */
export function contentTypeMember(content: readonly Content[], index: number): string {
  const mediaType = content[index]?.mediaType ?? '';
  if (content.length < 2) return '';
  return `contentType${index === 0 ? '?' : ''}: ${mediaTypeType(mediaType)}; `;
}
