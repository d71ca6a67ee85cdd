import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Mail, MailSender } from './mail.ts';
import { createNoMail, createSmtpSender } from './smtp.ts';

/** A mail server of a few lines (RFC 5321) that keeps what it is told. */
interface SmtpStandIn {
  readonly port: number;
  /** The commands, and each mail as one entry. */
  readonly heard: string[];
  close(): void;
}

/** `answers` replaces the reply to commands that begin with a word; undefined for no reply at all. */
async function startSmtp(answers: Readonly<Record<string, string | undefined>> = {}): Promise<SmtpStandIn> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const usual: Readonly<Record<string, string>> = {
    EHLO: '250-stand-in\r\n250 AUTH PLAIN',
    DATA: '354 go on',
    QUIT: '221 bye',
    AUTH: '235 welcome',
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = '';
    let isMail = false;
    socket.write('220 stand-in\r\n');
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      rest += chunk.toString();
      for (;;) {
        const end = isMail ? '\r\n.\r\n' : '\r\n';
        const at = rest.indexOf(end);
        if (at < 0) return;
        const line = rest.slice(0, at);
        rest = rest.slice(at + end.length);
        heard.push(line);
        const word = isMail ? 'MAIL-END' : (line.split(' ')[0] ?? '');
        const recipient = Object.keys(answers).find((key) => word === 'RCPT' && line.includes(key));
        const key = recipient ?? word;
        const reply = Object.hasOwn(answers, key) ? answers[key] : (usual[key] ?? '250 ok');
        isMail = word === 'DATA' && reply === usual.DATA;
        if (reply !== undefined) socket.write(`${reply}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Sound: a server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    heard,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(
  answers?: Parameters<typeof startSmtp>[0],
): Promise<{ smtp: SmtpStandIn; sender: MailSender }> {
  const smtp = await startSmtp(answers);
  const url = `smtp://ann:pa%24%24w0rd@127.0.0.1:${smtp.port}`;
  const sender = createSmtpSender({ url, from: 'Flow <flow@wire.test>' });
  open.push(smtp, sender);
  return { smtp, sender };
}

const never = new AbortController().signal;
const mail: Mail = {
  to: ['Bob B. <bob@example.com>', 'cleo@example.com'],
  cc: ['"Dan, D." <dan@example.com>'],
  subject: 'Ready',
  text: 'It is done.',
  idempotencyKey: 'run_1/tell',
};
const messageIn = ({ heard }: SmtpStandIn): string => heard.find((text) => text.includes('Message-ID')) ?? '';

test('a mail goes out over SMTP', async () => {
  const { smtp, sender } = await start();
  const id = await sender.send({ ...mail, html: '<b>It is done.</b>' }, never);
  expect(id).toMatch(/^<[0-9a-f]{40}@wire\.test>$/);
  const commands = smtp.heard.filter((text) => /^(?:AUTH|MAIL|RCPT)/.test(text));
  expect(commands).toEqual([
    `AUTH PLAIN ${Buffer.from('\0ann\0pa$$w0rd').toString('base64')}`,
    'MAIL FROM:<flow@wire.test>',
    'RCPT TO:<bob@example.com>',
    'RCPT TO:<cleo@example.com>',
    'RCPT TO:<dan@example.com>',
  ]);
  const message = messageIn(smtp);
  for (const line of [
    'From: Flow <flow@wire.test>',
    'To: "Bob B." <bob@example.com>, cleo@example.com',
    'Cc: "Dan, D." <dan@example.com>',
    'Subject: Ready',
    `Message-ID: ${id}`,
    'Auto-Submitted: auto-generated',
    'It is done.',
    '<b>It is done.</b>',
  ]) {
    expect(message).toContain(line);
  }
});

test('every attempt has the same id, and another node another one', async () => {
  const { sender } = await start();
  const first = await sender.send(mail, never);
  expect(await sender.send({ ...mail, text: 'Again.' }, never)).toBe(first);
  expect(await sender.send({ ...mail, idempotencyKey: 'run_2/tell' }, never)).not.toBe(first);
});

test('a subject of several lines becomes one, and so no header', async () => {
  const { smtp, sender } = await start();
  await sender.send({ ...mail, subject: 'Ready\r\nBcc: eve@evil.test\r\n\r\nHi' }, never);
  expect(messageIn(smtp)).toContain('Subject: Ready Bcc: eve@evil.test Hi\r\n');
  expect(smtp.heard.some((text) => text.startsWith('RCPT TO:<eve'))).toBe(false);
});

describe('nothing is sent to', () => {
  test.each([
    '',
    'bob',
    'bob@example.com, eve@evil.test',
    'bob@example.com eve@evil.test',
    'bob@example.com\r\nRCPT TO:<eve@evil.test>',
    'Bob\r\nBcc: eve@evil.test <bob@example.com>',
    '"Bob\nX: y" <bob@example.com>',
    'team: bob@example.com;',
    '<bob@example.com> <eve@evil.test>',
    'bob@example.com>\r\nDATA',
    '"a b"@example.com',
    'bob@example.com(comment)',
  ])('%j', async (address) => {
    const { smtp, sender } = await start();
    for (const member of ['to', 'cc'] as const) {
      await expect(sender.send({ ...mail, [member]: [address] }, never)).rejects.toMatchObject({
        code: 'invalid_mail',
        retryable: false,
      });
    }
    expect(smtp.heard).toEqual([]);
  });
});

test('a mail without end is refused', async () => {
  const { sender } = await start();
  const text = 'x'.repeat(5 * 1024 * 1024);
  await expect(sender.send({ ...mail, text }, never)).rejects.toMatchObject({ code: 'invalid_mail' });
});

describe('a mail fails', () => {
  const address = { 'bob@': '550 who', 'cleo@': '550 who', 'dan@': '550 who' };
  test.each<[string, Readonly<Record<string, string>>, boolean, string]>([
    ['that the server cannot take now', { MAIL: '451 4.7.1 try later' }, true, '451 4.7.1 try later'],
    ['that the server does not want', { 'MAIL-END': '554 5.7.1 spam' }, false, '554 5.7.1 spam'],
    ['to nobody whom the server knows', address, false, '550 who'],
    [
      'to some whom the server does not know',
      { 'cleo@': '550 who' },
      false,
      'accepted 2 recipients and refused 1',
    ],
    [
      'from nobody whom the server knows',
      { AUTH: '535 5.7.8 pa$$w0rd is wrong' },
      false,
      'refused the user or the password',
    ],
    [
      'while its users cannot be known',
      { AUTH: '454 4.7.0 later' },
      true,
      'refused the user or the password',
    ],
  ])('%s', async (_name, answers, retryable, words) => {
    const { sender } = await start(answers);
    const error = await sender.send(mail, never).then(undefined, (reason) => reason);
    expect(error).toMatchObject({ name: 'NodeError', code: 'mail_failed', retryable });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('pa$$w0rd');
  });

  test('when no server is there, and can be tried again', async () => {
    const { smtp, sender } = await start();
    smtp.close();
    const error = await sender.send(mail, never).then(undefined, (reason) => reason);
    expect(error).toMatchObject({ code: 'mail_failed', retryable: true });
    expect(error.message).toBe('the mail could not be sent: the mail server could not be reached');
  });

  test('when the run ends while the server is silent', async () => {
    const { sender, smtp } = await start({ MAIL: undefined });
    const stop = new AbortController();
    const pending = sender.send(mail, stop.signal).then(undefined, (reason) => reason);
    await expect.poll(() => smtp.heard.some((text) => text.startsWith('MAIL'))).toBe(true);
    stop.abort(new Error('enough'));
    expect((await pending).message).toBe('enough');
  });
});

test.each([
  ['http://mail.test', 'flow@wire.test', /smtp:\/\//],
  ['smtp://mail.test', 'flow', /no mail address: flow/],
])('settings %s %s are refused', (url, from, message) => {
  expect(() => createSmtpSender({ url, from })).toThrow(message);
});

test('without a mail server every mail fails and says what to set', async () => {
  await expect(createNoMail().send(mail, never)).rejects.toMatchObject({
    code: 'mail_not_configured',
    message: expect.stringContaining('FLOWWIRE_SMTP_URL'),
  });
});
