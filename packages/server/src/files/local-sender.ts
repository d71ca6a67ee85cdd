import {
  decodeText,
  type HttpRequest,
  type HttpResponse,
  type HttpSender,
  NodeError,
} from '@flowwire/engine';
import { attachment } from './attachment.ts';
import type { LocalFiles, OpenedFile } from './local-files.ts';

/**
 * A sender that answers requests for uploaded files itself, from what the workflow's tenant has. They would not get far
 * otherwise: a server's own address is seldom a public one, and its downloads ask for a key.
 */
export const sendLocally = (sender: HttpSender, local: LocalFiles): HttpSender => ({
  async send(request, signal) {
    if (!local.isLocal(request.url)) return sender.send(request, signal);
    signal.throwIfAborted();
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, { allow: 'GET, HEAD' });
    const opened = await local.open(request.tenantId, request.url);
    return opened === undefined ? refusal(404) : answer(request, opened);
  },
  close: () => sender.close(),
});

async function answer(request: HttpRequest, { file, content }: OpenedFile): Promise<HttpResponse> {
  const headers = {
    'content-type': file.mediaType,
    'content-length': String(file.bytes),
    'content-disposition': attachment(file.name),
  };
  if (request.method === 'HEAD') return { status: 200, headers, body: '', bytes: new Uint8Array() };
  if (content.size > request.maxResponseBytes) {
    const limit = `the response is larger than ${request.maxResponseBytes} bytes`;
    throw new NodeError(limit, { code: 'response_too_large' });
  }
  const bytes = new Uint8Array(await content.arrayBuffer());
  return { status: 200, headers, bytes, body: decodeText(bytes, file.mediaType) };
}

const refusal = (status: number, headers: HttpResponse['headers'] = {}): HttpResponse => ({
  status,
  headers: { 'content-length': '0', ...headers },
  body: '',
  bytes: new Uint8Array(),
});
