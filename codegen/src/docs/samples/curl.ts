import type { Credential } from '../security.ts';
import { asText, type BodySample, type RequestSample } from './request.ts';

/** A word for a POSIX shell, in which nothing is expanded. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A word in which only the credential, a variable, is expanded. */
const expanded = (text: string): string => `"${text.replaceAll(/[\\"`]/g, '\\$&')}"`;

function credentialOptions({ kind, name }: Credential): string[] {
  if (kind === 'bearer') return [`-H ${expanded('Authorization: Bearer $API_KEY')}`];
  if (kind === 'basic') return ['-u "$USER_NAME:$PASSWORD"'];
  if (kind === 'header') return [`-H ${expanded(`${name}: $API_KEY`)}`];
  if (kind === 'cookie') return [`-b ${expanded(`${name}=$API_KEY`)}`];
  return [];
}

function bodyOptions(body: BodySample | undefined): string[] {
  if (!body) return [];
  const type = `-H ${quoted(`Content-Type: ${body.mediaType}`)}`;
  if (body.kind === 'json') return [type, `-d ${quoted(JSON.stringify(body.value, undefined, 2))}`];
  if (body.kind === 'raw')
    return [type, body.text === undefined ? '--data-binary @file' : `--data-raw ${quoted(body.text)}`];
  return body.parts.map(({ name, value }) => {
    if (value === undefined) return `-F ${quoted(`${name}=@file`)}`;
    // What begins with @ or < would be read from a file, and a semicolon begins a media type.
    const isPlain = !/^[@<]|;/.test(asText(value));
    const option = body.kind === 'form' ? '--data-urlencode' : isPlain ? '-F' : '--form-string';
    return `${option} ${quoted(`${name}=${asText(value)}`)}`;
  });
}

/** The command line of a request. The credential is taken from the variable `API_KEY`. */
export function curlSample(request: RequestSample, isStream: boolean): string {
  const { method, url, headers, credentials, body } = request;
  const query = credentials.find(({ kind }) => kind === 'query');
  const separator = url.includes('?') ? '&' : '?';
  const target = query ? `${quoted(`${url}${separator}${query.name}=`)}"$API_KEY"` : quoted(url);
  const flags = [isStream ? '-N' : '', method === 'HEAD' ? '-I' : method === 'GET' ? '' : `-X ${method}`];
  const options = [
    ...credentials.flatMap(credentialOptions),
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...bodyOptions(body),
  ];
  const command = ['curl', ...flags, target].filter((word) => word !== '').join(' ');
  return [command, ...options].join(' \\\n  ');
}
