/** A login with a cookie. The cookie's text is never kept, only its hash. Times are milliseconds since the epoch. */
export interface StoredLogin {
  /** SHA-256 of the cookie's text in lower-case hex. */
  readonly hash: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface LoginStore {
  create(login: StoredLogin): Promise<void>;
  /** Expired ones too: the caller looks at `expiresAt`, and at the key. */
  find(hash: string): Promise<StoredLogin | undefined>;
  /** Answers whether there was one. */
  end(hash: string): Promise<boolean>;
  /** Deletes those that expired before this time. */
  prune(before: number): Promise<void>;
}
