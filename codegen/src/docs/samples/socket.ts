import { propertyKey, quote } from '../../emit/text.ts';
import { isObject } from '../../json.ts';
import type { ActionView, ChannelView, MessageView } from '../channels.ts';
import { type ClientSource, clientCode } from './client.ts';
import { codeOf } from './code.ts';

const filledUrl = ({ url, parameters }: ChannelView): string =>
  Object.entries(parameters).reduce(
    (text, [name, value]) => text.replaceAll(`{${name}}`, encodeURIComponent(value)),
    url,
  );

/** Where the client's requests begin: the socket's server as HTTP. */
function baseUrlOf({ url, address }: ChannelView): string {
  return url.slice(0, url.length - address.length).replace(/^ws/, 'http');
}

const openCode = ({ key, parameters }: ChannelView): string => {
  const name = propertyKey(key);
  const access = name === key ? `.${key}` : `[${name}]`;
  const hasParameters = Object.keys(parameters).length > 0;
  return `const socket = api${access}(${hasParameters ? codeOf({ path: parameters }, '', 24) : ''});\n`;
};

/** The correlation id is the client's to make. */
const withoutId = ({ example, correlationKey }: MessageView): unknown =>
  isObject(example)
    ? Object.fromEntries(Object.entries(example).filter(([name]) => name !== correlationKey))
    : example;

/** Opens a channel with the generated client and reads what the server says. */
export function clientSocketSample(source: ClientSource, channel: ChannelView): string {
  const client = clientCode(source, baseUrlOf(channel), channel.authMessage !== undefined);
  return `${client}\n${openCode(channel)}await socket.opened;\nfor await (const message of socket) {\n  console.log(message);\n}`;
}

/** Sends a message over an open socket of the generated client, and waits for the answer where there is one. */
export function clientMessageSample({ replies }: ActionView, message: MessageView): string {
  return replies.length > 0
    ? `const answer = await socket.request(${codeOf(withoutId(message), '', 38)});\nconsole.log(answer);`
    : `await socket.send(${codeOf(message.example, '', 20)});`;
}

/** Opens a channel with the platform's WebSocket. */
export function javascriptSocketSample(channel: ChannelView): string {
  const first = channel.authMessage?.example;
  const hello =
    first === undefined
      ? ''
      : `socket.addEventListener('open', () => {\n  socket.send(JSON.stringify(${codeOf(first, '  ', 30)}));\n});\n`;
  return `const socket = new WebSocket(${quote(filledUrl(channel))});\n${hello}socket.addEventListener('message', ({ data }) => {\n  console.log(JSON.parse(data));\n});`;
}
