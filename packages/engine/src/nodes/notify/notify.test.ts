import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NotifyNode, WebhookChannel } from '../../definition/types.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { createHttpSender } from '../http/sender.ts';
import { type LoopbackServer, startLoopback } from '../http/testing/loopback.ts';
import { createContext } from '../http/testing/node-context.ts';
import type { Mail } from './mail.ts';
import { notify } from './notify.ts';

let server: LoopbackServer;
const http = createHttpSender({ allowPrivateAddresses: true });
beforeAll(async () => {
  server = await startLoopback();
});
beforeEach(() => {
  server.seen.length = 0;
  server.answer((_request, response) => response.writeHead(204).end());
});
afterAll(async () => {
  await http.close();
  server.close();
});

const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const values = {
  start: { name: 'Bob', mail: 'bob@example.com', evil: 'a\r\nb: c' },
  secret: { HOOK: `whsec_${SECRET}` },
};
const node = (channel: NotifyNode['channel']): NotifyNode => ({ id: 'tell', type: 'notify', channel });

describe('a webhook', () => {
  const clock = createManualClock(1_700_000_000_999);
  const run = async (fields: Partial<WebhookChannel> = {}) => {
    const channel: WebhookChannel = {
      type: 'webhook',
      url: `${server.url}/hook`,
      body: { hi: '{{ start.name }}' },
      ...fields,
    };
    return notify.execute(node(channel), createContext({ http, clock }, values));
  };

  test('is posted as JSON', async () => {
    const { outputs } = await run({ headers: { 'X-Kind': '{{ start.name }}' } });
    expect(outputs).toEqual({ sent: true, id: 'run_1/call' });
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        url: '/hook',
        body: '{"hi":"Bob"}',
        headers: { 'content-type': 'application/json', 'x-kind': 'Bob', 'idempotency-key': 'run_1/call' },
      },
    ]);
    expect(server.seen[0]?.headers).not.toHaveProperty('webhook-signature');
  });

  test.each([
    ['{{ secret.HOOK }}', Buffer.from(SECRET, 'base64')],
    ['plain text', Buffer.from('plain text')],
  ])('is signed with %s', async (secret, key) => {
    await run({ signing_secret: secret });
    const [seen] = server.seen;
    const signature = createHmac('sha256', key)
      .update(`run_1/call.1700000000.${seen?.body}`)
      .digest('base64');
    expect(seen?.headers).toMatchObject({
      'webhook-id': 'run_1/call',
      'webhook-timestamp': '1700000000',
      'webhook-signature': `v1,${signature}`,
    });
  });

  test.each([
    [500, true],
    [503, true],
    [429, true],
    [408, true],
    [404, false],
    [302, false],
  ])('answered by %i fails, retryable: %s', async (status, retryable) => {
    const headers = { 'retry-after': '2', location: '/elsewhere' };
    server.answer((_request, response) => response.writeHead(status, headers).end());
    await expect(run()).rejects.toMatchObject({ code: 'http_status', retryable });
    expect(server.seen).toHaveLength(1);
  });

  test.each<[string, Partial<WebhookChannel>]>([
    ['an empty secret', { signing_secret: '{{ secret.NONE }}' }],
    ['a secret that is no base64', { signing_secret: 'whsec_***' }],
    ['a line break in a header', { headers: { a: '{{ start.evil }}' } }],
    ['a header of the connection', { headers: { Host: 'evil' } }],
  ])('is not sent with %s', async (_name, fields) => {
    await expect(run(fields)).rejects.toMatchObject({ code: 'invalid_request', retryable: false });
    expect(server.seen).toEqual([]);
  });

  test('reaches no address that is not public', async () => {
    const guarded = createHttpSender();
    const channel: WebhookChannel = { type: 'webhook', url: server.url, body: {} };
    const pending = notify.execute(node(channel), createContext({ http: guarded }, values));
    await expect(pending).rejects.toMatchObject({ code: 'address_refused' });
    expect(server.seen).toEqual([]);
    await guarded.close();
  });
});

test('a mail is handed to the mail server with its references replaced', async () => {
  const mails: Mail[] = [];
  const send = async (mail: Mail): Promise<string> => {
    mails.push(mail);
    return '<1@test>';
  };
  const channel: NotifyNode['channel'] = {
    type: 'email',
    to: ['{{ start.mail }}'],
    cc: ['{{ start.name }} <cc@example.com>'],
    subject: 'For {{ start.name }}',
    text: 'Hi {{ start.name }}',
    html: '<p>{{ start.name }}</p>',
  };
  const context = createContext({ mail: { send, close: async () => undefined } }, values);
  expect(await notify.execute(node(channel), context)).toEqual({ outputs: { sent: true, id: '<1@test>' } });
  expect(mails).toEqual([
    {
      to: ['bob@example.com'],
      cc: ['Bob <cc@example.com>'],
      subject: 'For Bob',
      text: 'Hi Bob',
      html: '<p>Bob</p>',
      idempotencyKey: 'run_1/call',
    },
  ]);
});

describe('a definition', () => {
  const check = (channel: NotifyNode['channel']) => [
    ...(notify.check?.(node(channel), '/nodes/3', { name: 'd', nodes: [], edges: [] }) ?? []),
  ];
  const webhook = { type: 'webhook', url: 'https://hooks.test/', body: {} } as const;
  const email = {
    type: 'email',
    to: ['{{ start.mail }}', 'Bob <bob@example.com>'],
    subject: '',
    text: '',
  } as const;

  test('that can be sent is fine', () => {
    expect(
      check({ ...webhook, headers: { 'X-A': '{{ start.a }}' }, signing_secret: '{{ secret.HOOK }}' }),
    ).toEqual([]);
    expect(check({ ...email, to: [...email.to] })).toEqual([]);
  });

  test.each<[NotifyNode['channel'], string]>([
    [{ ...webhook, url: 'ftp://x' }, '/url'],
    [{ ...webhook, headers: { 'Content-Length': '1' } }, '/headers/Content-Length'],
    [{ ...webhook, headers: { 'Webhook-Id': '1' }, signing_secret: 'x' }, '/headers/Webhook-Id'],
    [{ ...email, to: ['bob@example.com', 'bob'] }, '/to/1'],
    [{ ...email, to: ['a@b.test'], cc: ['a@b.test, c@d.test'] }, '/cc/0'],
  ])('%j is refused at %s', (channel, pointer) => {
    expect(check(channel)).toMatchObject([
      { code: 'invalid_node', pointer: `/nodes/3/channel${pointer}`, nodeId: 'tell' },
    ]);
  });
});
