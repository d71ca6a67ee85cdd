import { createHash } from 'node:crypto';
import { createTransport, type NodemailerError, type SendMailOptions } from 'nodemailer';
import { shorten } from '../../definition/subject.ts';
import { NodeError } from '../../errors.ts';
import { type MailAddress, parseAddress } from './address.ts';
import type { Mail, MailSender } from './mail.ts';

export interface SmtpSettings {
  /** `smtp://` (with STARTTLS where the server has it) or `smtps://`, with user and password. */
  readonly url: string;
  /** The sender's address, with or without a name. */
  readonly from: string;
}

const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_RECIPIENTS = 100;
const MAX_SUBJECT = 900;
const MAX_ANSWER = 300;
const TIMEOUTS = {
  dnsTimeout: 10_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 30_000,
};

/**
 * Sends each mail over a connection of its own. The server is the operator's choice, so it may be anywhere.
 * Throws for settings that make no sense; `send` throws NodeError `mail_failed` or `invalid_mail`.
 */
export function createSmtpSender({ url, from }: SmtpSettings): MailSender {
  const sender = parseAddress(from);
  if (!sender) throw new Error(`the sender of mails is no mail address: ${from}`);
  if (!/^smtps?:\/\/./i.test(url))
    throw new Error('the URL of the mail server must begin with smtp:// or smtps://');
  const transport = createTransport({
    url,
    ...TIMEOUTS,
    maxResponseSize: 64 * 1024,
    maxRecipients: MAX_RECIPIENTS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail, signal) {
      const message = toMessage(mail, sender);
      const info = await transport.sendMail({ ...message, signal }).catch((error: NodemailerError) => {
        if (signal.aborted) throw signal.reason;
        throw toMailError(error);
      });
      if (info.rejected.length > 0) throw refusedRecipients(info.accepted.length, info.rejected.length);
      return info.messageId;
    },
    close: async () => transport.close(),
  };
}

/** Stands for a mail server where none is configured: every mail fails and says what to set. */
export const createNoMail = (): MailSender => ({
  async send() {
    throw new NodeError('mail cannot be sent: set FLOWWIRE_SMTP_URL, such as smtp://user:password@host:587', {
      code: 'mail_not_configured',
    });
  },
  close: async () => undefined,
});

/** Throws NodeError `invalid_mail`. */
function toMessage(mail: Mail, sender: MailAddress): SendMailOptions {
  const { subject, text, html = '', idempotencyKey } = mail;
  if (text.length + html.length > MAX_CHARACTERS) {
    throw invalidMail(`the mail is longer than ${MAX_CHARACTERS} characters`);
  }
  return {
    from: { ...sender },
    to: mail.to.map(toAddress),
    cc: mail.cc.map(toAddress),
    // A header is one line.
    subject: shorten(subject.replace(/\s+/g, ' ').trim(), MAX_SUBJECT),
    text,
    ...(html !== '' && { html }),
    messageId: messageIdOf(idempotencyKey, sender),
    // RFC 3834: keeps other programs from answering.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

function toAddress(text: string): { name: string; address: string } {
  const address = parseAddress(text);
  if (address) return { ...address };
  throw invalidMail(`${JSON.stringify(shorten(text, 100))} is not one mail address such as ann@example.com`);
}

/** The same for every attempt, so that whoever gets a mail twice can tell. */
function messageIdOf(idempotencyKey: string, { address }: MailAddress): string {
  const hash = createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 40);
  return `<${hash}@${address.slice(address.indexOf('@') + 1)}>`;
}

const invalidMail = (message: string): NodeError => new NodeError(message, { code: 'invalid_mail' });

/** Those that were accepted have their mail: another attempt would send it again. */
const refusedRecipients = (accepted: number, refused: number): NodeError =>
  new NodeError(`the mail server accepted ${accepted} recipients and refused ${refused}`, {
    code: 'mail_failed',
  });

/** In words that hold neither the URL nor its password. What passes by itself can be retried. */
function toMailError({ code = 'unknown', response, responseCode, permanent }: NodemailerError): NodeError {
  const options = {
    code: 'mail_failed',
    retryable: permanent === undefined ? CONNECTION.has(code) : !permanent,
  };
  if (code === 'EAUTH' || code === 'ENOAUTH') {
    return new NodeError('the mail server refused the user or the password', options);
  }
  if (responseCode === undefined) {
    return new NodeError(`the mail could not be sent: ${REASONS.get(code) ?? code}`, options);
  }
  const answer = shorten(response ?? String(responseCode), MAX_ANSWER);
  return new NodeError(`the mail server refused the mail: ${answer}`, options);
}

const CONNECTION = new Set(['ECONNECTION', 'ETIMEDOUT', 'ESOCKET', 'EDNS', 'ETLS']);
const REASONS = new Map([
  ['ECONNECTION', 'the connection was closed'],
  ['ESOCKET', 'the mail server could not be reached'],
  ['ETIMEDOUT', 'the mail server did not answer in time'],
  ['EDNS', 'the name of the mail server could not be resolved'],
  ['ETLS', 'no secure connection to the mail server came about'],
]);
