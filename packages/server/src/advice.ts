const NO_POSTGRES = 'Check DATABASE_URL: no PostgreSQL answers there.';
const NO_LOGIN = 'Check the user and password of DATABASE_URL, postgres://user:password@host:5432/database.';

/** By the code of an error, or by its message where it has none. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'Set PORT to a free port.'],
  ['EADDRNOTAVAIL', 'Set HOST to an address of this machine.'],
  ['ENOTFOUND', 'Check HOST and the host of DATABASE_URL.'],
  ['EAI_AGAIN', 'Check HOST and the host of DATABASE_URL, or try again: names cannot be looked up just now.'],
  ['EACCES', 'Set FLOWWIRE_DATA_DIR to a folder that this user may write to, or PORT to 1024 or more.'],
  ['EROFS', 'Set FLOWWIRE_DATA_DIR to a folder that can be written to.'],
  ['ENOTDIR', 'Set FLOWWIRE_DATA_DIR to a folder, not a file.'],
  ['SQLITE_CANTOPEN', 'Set FLOWWIRE_DATA_DIR to a folder that this user may write to.'],
  [
    'SQLITE_NOTADB',
    'The file in FLOWWIRE_DATA_DIR is not an SQLite database. Move it away or set another folder.',
  ],
  ['ECONNREFUSED', NO_POSTGRES],
  ['EHOSTUNREACH', NO_POSTGRES],
  ['ENETUNREACH', NO_POSTGRES],
  ['ETIMEDOUT', NO_POSTGRES],
  ['timeout exceeded when trying to connect', NO_POSTGRES],
  // Invalid authorization: no user, an unknown one, or one that may not connect from here.
  ['28000', NO_LOGIN],
  ['28P01', NO_LOGIN],
  ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', NO_LOGIN],
  ['3D000', 'Check DATABASE_URL: that database does not exist.'],
]);

/** Errors whose message says what to do. */
const PLAIN = new Set(['SettingsError', 'StoreLockedError', 'SecretKeyError']);

/** Says what to do about the failures that a first start meets; of any other one the stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (PLAIN.has(error.name)) return error.message;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  const advice = ADVICE.get(code);
  return advice === undefined ? (error.stack ?? error.message) : `${error.message}\n${advice}`;
}
