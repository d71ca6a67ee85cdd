import { type DestinationStream, type Logger, pino } from 'pino';

/** Paths whose values never reach the log, wherever a caller logs such an object. */
const SECRETS = [
  'authorization',
  'cookie',
  'key',
  'apiKey',
  'headers.authorization',
  'headers.cookie',
  '*.authorization',
  '*.cookie',
  '*.key',
  '*.apiKey',
  '*.headers.authorization',
  '*.headers.cookie',
];

/** The server's log: one JSON line an event, secrets redacted. Inputs and outputs of runs are not logged. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, redact: { paths: SECRETS, censor: '[redacted]' }, base: null };
  return destination ? pino(options, destination) : pino(options);
}

export type { Logger };
