import SQLite from 'better-sqlite3';

/** Thrown when another server, of this process or another one, has the same SQLite file open. */
export class StoreLockedError extends Error {
  override readonly name = 'StoreLockedError';
  constructor(file: string) {
    super(
      `another server uses ${file}, and SQLite data has one server at a time: ` +
        'stop the other one, or give this one a data folder of its own',
    );
  }
}

/**
 * Locks `file` until the answer is called or the process ends, however it ends: a transaction on a database
 * beside it, of which nothing is ever written, holds the operating system's own lock, and SQLite sees to it
 * that it excludes this process too. The empty `<file>.lock` stays, as removing it would race with the next
 * server. The folder's file system must know locks, which some network mounts do not.
 */
export function lockSqlite(file: string): () => void {
  const connection = new SQLite(`${file}.lock`, { timeout: 0 });
  try {
    connection.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if (error instanceof SQLite.SqliteError && error.code === 'SQLITE_BUSY') throw new StoreLockedError(file);
    throw error;
  }
  return () => void connection.close();
}
