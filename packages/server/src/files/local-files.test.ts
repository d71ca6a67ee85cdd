import type { HttpRequest, HttpSender, ModelProvider, ModelRequest } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { createFileAddresses } from './file-addresses.ts';
import type { FileStore, StoredFile } from './file-store.ts';
import { createLocalFiles } from './local-files.ts';
import { showLocalImages } from './local-images.ts';
import { sendLocally } from './local-sender.ts';
import { SAMPLES } from './testing/samples.ts';

const BASE = 'https://flows.example.com/deep';
const addresses = createFileAddresses(BASE);
const signal = new AbortController().signal;

const stored = (id: string, mediaType: string, content: Blob, name = id): [StoredFile, Blob] => [
  { id, tenantId: 'ours', name, mediaType, bytes: content.size, digest: '0', createdAt: 0 },
  content,
];

const FILES = new Map(
  [
    stored('file_1.png', 'image/png', new Blob([SAMPLES.png ?? ''])),
    stored('file_2.txt', 'text/plain; charset=utf-16le', new Blob([Buffer.from('\ufeffGrüße', 'utf16le')])),
    stored('file_3.pdf', 'application/pdf', new Blob(['%PDF-1.7']), '发票.pdf'),
    stored('file_4.bmp', 'image/bmp', new Blob([new Uint8Array(8 * 1024 * 1024)])),
  ].map((pair) => [pair[0].id, pair]),
);

const files: Pick<FileStore, 'get' | 'open'> = {
  get: async (tenantId, id) => (tenantId === 'ours' ? FILES.get(id)?.[0] : undefined),
  open: async ({ id }) => FILES.get(id)?.[1],
};
const local = createLocalFiles({ files, addresses });
const urlOf = addresses.urlOf;

const FOREIGN = [
  'https://flows.example.com/workflow/v1/files/file_1.png',
  'https://flows.example.com:444/deep/workflow/v1/files/file_1.png',
  'http://flows.example.com/deep/workflow/v1/files/file_1.png',
  'https://flows.example.com.evil.test/deep/workflow/v1/files/file_1.png',
  `${BASE}/workflow/v1/files/`,
  `${BASE}/workflow/v1/files/a/b`,
  `${BASE}/workflow/v1/files/../layout/get`,
  'not a url',
  '',
];

test('addresses of ours are told from others', () => {
  const url = urlOf('file_1.png');
  expect(url).toBe('https://flows.example.com/deep/workflow/v1/files/file_1.png');
  for (const own of [url, `${url}?a=1#b`, url.replace('https://flows', 'HTTPS://user@FLOWS')])
    expect(addresses.idOf(own)).toBe('file_1.png');
  for (const foreign of FOREIGN) expect(addresses.idOf(foreign)).toBeUndefined();
});

test('a file that a flow is given must be there, and of a kind that is allowed', async () => {
  const check = (url: string, allowed?: string[], tenantId = 'ours') => local.check(tenantId, url, allowed);
  expect(await check(urlOf('file_1.png'))).toBeUndefined();
  expect(await check(urlOf('file_1.png'), ['pdf', 'image'])).toBeUndefined();
  expect(await check(urlOf('file_1.png'), ['.PNG'])).toBeUndefined();
  expect(await check(urlOf('file_1.png'), ['pdf'])).toBe('kind_not_allowed');
  expect(await check(urlOf('file_1.png'), [])).toBe('kind_not_allowed');
  expect(await check(urlOf('file_9.png'), ['image'])).toBe('not_found');
  expect(await check(urlOf('file_1.png'), ['image'], 'others')).toBe('not_found');
  for (const foreign of FOREIGN) expect(await check(foreign, ['image'])).toBeUndefined();
});

const sent: HttpRequest[] = [];
const network: HttpSender = {
  send: async (request) => {
    sent.push(request);
    return { status: 204, headers: {}, body: '', bytes: new Uint8Array() };
  },
  close: async () => {},
};
const send = (request: Partial<HttpRequest>) =>
  sendLocally(network, local).send(
    { tenantId: 'ours', method: 'GET', url: '', headers: {}, maxResponseBytes: 100, ...request },
    signal,
  );

test("requests for files are answered from what the workflow's tenant has, without the network", async () => {
  const text = await send({ url: urlOf('file_2.txt') });
  expect(text).toMatchObject({ status: 200, body: 'Grüße', headers: { 'content-length': '12' } });
  expect(text.headers['content-type']).toBe('text/plain; charset=utf-16le');
  const { bytes, headers } = await send({ url: urlOf('file_3.pdf') });
  expect(Buffer.from(bytes).toString()).toBe('%PDF-1.7');
  expect(headers['content-disposition']).toContain('%E5%8F%91');
  expect(await send({ method: 'HEAD', url: urlOf('file_3.pdf') })).toMatchObject({
    status: 200,
    headers,
    body: '',
  });
  expect(await send({ url: urlOf('file_3.pdf'), tenantId: 'others' })).toMatchObject({ status: 404 });
  expect(await send({ url: urlOf('file_9.pdf') })).toMatchObject({ status: 404 });
  expect(await send({ url: urlOf('file_3.pdf'), method: 'DELETE' })).toMatchObject({ status: 405 });
  await expect(send({ url: urlOf('file_4.bmp') })).rejects.toMatchObject({ code: 'response_too_large' });
  expect(sent).toEqual([]);
});

test('other requests go to the network as they are', async () => {
  for (const url of FOREIGN) expect(await send({ url })).toMatchObject({ status: 204 });
  expect(sent.map(({ url }) => url)).toEqual(FOREIGN);
});

async function ask(images: readonly string[], tenantId?: string): Promise<ModelRequest | undefined> {
  const requests: ModelRequest[] = [];
  const model: ModelProvider = {
    async *stream(request) {
      requests.push(request);
      yield { type: 'text', text: 'Nice' };
    },
  };
  const messages = [{ role: 'user' as const, content: 'See', images: images.map((url) => ({ url })) }];
  const request = { messages, ...(tenantId !== undefined && { tenantId }) };
  for await (const chunk of showLocalImages(model, local).stream(request, signal))
    expect(chunk).toEqual({ type: 'text', text: 'Nice' });
  return requests[0];
}

test('a model is sent the bytes of uploaded pictures, and other addresses as they are', async () => {
  const foreign = 'https://pictures.test/a.png';
  const base64 = Buffer.from(SAMPLES.png ?? []).toString('base64');
  expect(await ask([foreign, urlOf('file_1.png')], 'ours')).toMatchObject({
    messages: [{ content: 'See', images: [{ url: foreign }, { url: `data:image/png;base64,${base64}` }] }],
  });
});

test('what is no picture of the tenant, and more than 8 MiB of them, is not sent to a model', async () => {
  const refusal = { code: 'invalid_images', retryable: false };
  await expect(ask([urlOf('file_3.pdf')], 'ours')).rejects.toMatchObject(refusal);
  await expect(ask([urlOf('file_9.png')], 'ours')).rejects.toMatchObject(refusal);
  await expect(ask([urlOf('file_1.png')], 'others')).rejects.toMatchObject(refusal);
  await expect(ask([urlOf('file_1.png')])).rejects.toMatchObject(refusal);
  expect(await ask([urlOf('file_4.bmp')], 'ours')).toBeDefined();
  await expect(ask([urlOf('file_4.bmp'), urlOf('file_1.png')], 'ours')).rejects.toMatchObject(refusal);
});
