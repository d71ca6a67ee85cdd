import type { ActionView, ChannelView, MessageView } from './channels.ts';
import type { OperationView } from './operations.ts';

/** How the renderer makes a name part of a fragment; without case, and words joined by hyphens. */
export const slug = (name: string): string =>
  name
    .slice(0, 255)
    .trim()
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
    .replace(/[\s_-]+/g, '-')
    .replace(/^-+|-+$/g, '');

/** The renderer shows what has tags below its first one. */
const below = (tags: readonly string[]): string => {
  const [first] = tags;
  return first === undefined ? '' : `tag/${slug(first)}/`;
};

/** Where an operation is on its page. assets/shell.js tells the renderer to use operationIds. */
export const operationAnchor = ({ tags, operationId, method, path }: OperationView): string =>
  `${below(tags)}${operationId ?? `${method}${path}`}`;

export const channelAnchor = ({ tags, key }: ChannelView): string => `${below(tags)}channel/${slug(key)}`;

export const actionAnchor = (channel: ChannelView, { key }: ActionView): string =>
  `${channelAnchor(channel)}/operation/${slug(key)}`;

export const messageAnchor = (channel: ChannelView, action: ActionView, { key }: MessageView): string =>
  `${actionAnchor(channel, action)}/message/${slug(key)}`;
