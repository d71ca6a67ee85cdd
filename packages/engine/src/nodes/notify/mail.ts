export interface Mail {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** Becomes part of the Message-ID, so that a mail that was sent twice can be told. */
  readonly idempotencyKey: string;
}

/** Sends mail for workflows. */
export interface MailSender {
  /** Answers the message's id. Throws NodeError, or the signal's reason. */
  send(mail: Mail, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}
