/** PostgreSQL appendix A: connection exceptions, too few resources, shut down or not yet up, system errors. */
const POSTGRES_CODES = /^(08|53|57P0|58)[0-9A-Z]+$/;

/** SQLite result codes, extended ones too: the file cannot be read or written, the disk is full, another process locks it. */
const SQLITE_CODES = /^SQLITE_(BUSY|CANTOPEN|FULL|IOERR|LOCKED|PROTOCOL|READONLY)/;

const SYSTEM_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EIO',
  'ENOSPC',
  'EROFS',
]);

/** What pg and knex say of connections that are gone or not to be had; these errors have no code. */
const MESSAGES = new RegExp(
  [
    'Connection terminated',
    'Query read timeout',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error',
    'Client was closed',
    'Cannot use a pool after calling end',
    'Unable to acquire a connection',
    'Timeout acquiring a connection',
  ].join('|'),
);

/**
 * Whether an exception means that what stores things cannot be reached or cannot take more just now: the same
 * request may succeed later. Judged by the driver's errors as they are, since lists are read through knex, which
 * hands them on.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return MESSAGES.test(error.message) || isUnavailable(error.cause);
  return SYSTEM_CODES.has(code) || POSTGRES_CODES.test(code) || SQLITE_CODES.test(code);
}
