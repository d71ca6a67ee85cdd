import { quote } from '../../emit/text.ts';
import type { EventView } from '../event-streams.ts';
import type { Credential } from '../security.ts';
import { Code, codeOf } from './code.ts';
import { asText, type BodySample, type RequestSample } from './request.ts';

function credentialHeaders({ kind, name }: Credential): [string, Code][] {
  if (kind === 'bearer') return [['Authorization', new Code(`\`Bearer \${key}\``)]];
  if (kind === 'basic') return [['Authorization', new Code(`\`Basic \${btoa(key)}\``)]];
  if (kind === 'header') return [[name, new Code('key')]];
  if (kind === 'cookie') return [['Cookie', new Code(`\`${name}=\${key}\``)]];
  return [];
}

/** The statements that make a body, and the expression that it then is. */
function bodyCode(body: BodySample | undefined): { readonly before: string; readonly value?: Code } {
  if (!body) return { before: '' };
  if (body.kind === 'json')
    return { before: '', value: new Code(`JSON.stringify(${codeOf(body.value, '  ', 24)})`) };
  if (body.kind === 'raw') {
    const text = body.text ?? 'the bytes';
    return {
      before: '',
      value: new Code(body.text === undefined ? `new Blob([${quote(text)}])` : quote(text)),
    };
  }
  const make = body.kind === 'form' ? 'URLSearchParams' : 'FormData';
  const lines = body.parts.map(({ name, value }) => {
    const argument = value === undefined ? `new Blob(['the bytes']), 'file'` : quote(asText(value));
    return `form.append(${quote(name)}, ${argument});\n`;
  });
  return { before: `const form = new ${make}();\n${lines.join('')}`, value: new Code('form') };
}

/** Form bodies name their own media type, with the boundary. */
const contentType = (body: BodySample | undefined): [string, string][] =>
  body?.kind === 'json' || body?.kind === 'raw' ? [['Content-Type', body.mediaType]] : [];

function requestCode({ method, url, headers, credentials, body }: RequestSample): string {
  const { before, value } = bodyCode(body);
  const query = credentials.find(({ kind }) => kind === 'query');
  const separator = url.includes('?') ? '&' : '?';
  const target = query
    ? `${quote(`${url}${separator}${query.name}=`)} + encodeURIComponent(key)`
    : quote(url);
  const all = [...credentials.flatMap(credentialHeaders), ...headers, ...contentType(body)];
  const init = {
    ...(method !== 'GET' && { method }),
    ...(all.length > 0 && { headers: Object.fromEntries(all) }),
    ...(value && { body: value }),
  };
  // One member a line: what is sent is easier to see than on one line.
  const lines = Object.entries(init).map(([name, member]) => `  ${name}: ${codeOf(member, '  ', 10)},\n`);
  const options = lines.length === 0 ? '' : `, {\n${lines.join('')}}`;
  const key =
    credentials.length === 0
      ? ''
      : `const key = ${quote(credentials.some(({ kind }) => kind === 'basic') ? 'user:password' : 'your key')};\n`;
  return `${key}${before}const response = await fetch(${target}${options});\nif (!response.ok) throw new Error(await response.text());\n`;
}

const isJson = (events: readonly EventView[]): boolean => events.some(({ payload }) => payload !== undefined);

/** Reads server-sent events by the rules that such streams keep in practice: no bare CR, no byte order mark. */
function readerCode(events: readonly EventView[]): string {
  const sentinels = events.flatMap(({ sentinel }) => sentinel ?? []);
  const skip = ["data === ''", ...sentinels.map((text) => `data === ${quote(text)}`)].join(' || ');
  return `
const chunks = response.body.pipeThrough(new TextDecoderStream());
const reader = chunks.getReader();
let text = '';
for (;;) {
  const { done, value } = await reader.read();
  if (done) break;
  text += value;
  const events = text.split(/\\r?\\n\\r?\\n/);
  text = events.pop();
  for (const event of events) {
    const data = event
      .split(/\\r?\\n/)
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(5).replace(/^ /, ''))
      .join('\\n');
    if (${skip}) continue;
    console.log(${isJson(events) ? 'JSON.parse(data)' : 'data'});
  }
}`;
}

/** A request with fetch and what is done with its answer. Needs nothing but the platform. */
export function javascriptSample(request: RequestSample, answer: 'json' | 'text' | 'bytes' | 'none'): string {
  const read = {
    json: 'console.log(await response.json());',
    text: 'console.log(await response.text());',
    bytes: 'console.log(await response.blob());',
    none: 'console.log(response.status);',
  };
  return requestCode(request) + read[answer];
}

/** A request with fetch and a reader of the stream that answers it. */
export const javascriptStreamSample = (request: RequestSample, events: readonly EventView[]): string =>
  requestCode(request) + readerCode(events);
