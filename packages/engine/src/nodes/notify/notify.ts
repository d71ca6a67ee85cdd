import { escapePointer, parseReferences, renderText } from '../../definition/references.ts';
import type { Finding } from '../../definition/subject.ts';
import type { EmailChannel, NotifyNode, WebhookChannel } from '../../definition/types.ts';
import { checkHeaders, checkUrl } from '../http/check.ts';
import {
  closed,
  DEFAULT_TIMEOUT_MS,
  described,
  type LeafType,
  type NodeContext,
  TEXT,
  TEXT_MAP,
  VALUE,
} from '../node-type.ts';
import { parseAddress } from './address.ts';
import { sendWebhook } from './webhook.ts';

const ADDRESSES = { type: 'array', minItems: 1, maxItems: 50, items: TEXT };

export const notify: LeafType<NotifyNode> = {
  kind: 'leaf',
  summary: 'Tells somebody, by webhook or mail',
  summaryZh: '通知：Webhook 或电子邮件',
  docs:
    'Tells somebody: posts JSON to a webhook, signed if it has a `signing_secret`, or sends a mail through ' +
    'the SMTP server that the flowwire server is configured with. A webhook must answer 2xx; redirects are ' +
    'not followed. Both carry an id that is the same for every attempt. Outputs `sent` (true) and `id` (of the message).',
  example: {
    id: 'tell',
    type: 'notify',
    channel: { type: 'email', to: ['{{ start.mail }}'], subject: 'Done', text: '{{ write.text }}' },
  },
  schema: {
    required: ['channel'],
    properties: {
      channel: {
        oneOf: [{ $ref: '#/$defs/WebhookChannel' }, { $ref: '#/$defs/EmailChannel' }],
        discriminator: {
          propertyName: 'type',
          mapping: { webhook: '#/$defs/WebhookChannel', email: '#/$defs/EmailChannel' },
        },
      },
    },
  },
  defs: {
    WebhookChannel: closed(
      {
        type: { const: 'webhook' },
        url: TEXT,
        headers: TEXT_MAP,
        body: described(VALUE, 'Sent as JSON.'),
        signing_secret: described(
          TEXT,
          'Adds `Webhook-Id`, `Webhook-Timestamp` and `Webhook-Signature` as the Standard Webhooks ' +
            'specification has them. After `whsec_` it is base64, otherwise the key itself.',
        ),
      },
      ['type', 'url', 'body'],
    ),
    EmailChannel: closed(
      { type: { const: 'email' }, to: ADDRESSES, cc: ADDRESSES, subject: TEXT, text: TEXT, html: TEXT },
      ['type', 'to', 'subject', 'text'],
    ),
  },
  fallible: 'retry',
  interpolated: ['channel'],
  takesSecrets: true,
  outputs: () => ['sent', 'id'],
  timeoutMs: (node) => node.timeout_ms ?? DEFAULT_TIMEOUT_MS,
  *check({ id, channel }, at) {
    for (const finding of checkChannel(channel, `${at}/channel`)) yield { ...finding, nodeId: id };
  },

  async execute({ channel }, context) {
    const id = await (channel.type === 'webhook'
      ? sendWebhook(channel, context)
      : sendMail(channel, context));
    return { outputs: { sent: true, id } };
  },
};

function sendMail(channel: EmailChannel, context: NodeContext): Promise<string> {
  const { scope, services, signal, idempotencyKey } = context;
  const render = (text: string): string => renderText(text, scope);
  const { to, cc = [], subject, text, html } = channel;
  const mail = {
    to: to.map(render),
    cc: cc.map(render),
    subject: render(subject),
    text: render(text),
    ...(html !== undefined && { html: render(html) }),
    idempotencyKey,
  };
  return services.mail.send(mail, signal);
}

function* checkChannel(channel: NotifyNode['channel'], at: string): Generator<Finding> {
  if (channel.type === 'webhook') {
    yield* checkUrl(channel.url, `${at}/url`);
    yield* checkHeaders(channel.headers ?? {}, `${at}/headers`);
    yield* checkSignature(channel, at);
    return;
  }
  for (const member of ['to', 'cc'] as const) {
    for (const [index, text] of (channel[member] ?? []).entries()) {
      if (parseReferences(text).some(({ type }) => type === 'reference') || parseAddress(text)) continue;
      const message = 'must be one mail address such as ann@example.com';
      yield { code: 'invalid_node', message, pointer: `${at}/${member}/${index}` };
    }
  }
}

function* checkSignature(
  { headers = {}, signing_secret: secret }: WebhookChannel,
  at: string,
): Generator<Finding> {
  if (secret === undefined) return;
  for (const name of Object.keys(headers)) {
    if (!/^webhook-(?:id|timestamp|signature)$/i.test(name)) continue;
    const message = `the header ${name} belongs to the signature`;
    yield { code: 'invalid_node', message, pointer: `${at}/headers/${escapePointer(name)}` };
  }
}
