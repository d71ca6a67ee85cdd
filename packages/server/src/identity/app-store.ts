/** A program that a gateway names in `x-consumer-username`. Times are milliseconds since the epoch. */
export interface App {
  /** One of a kind on the whole server: the header carries nothing else. */
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
}

export interface AppStore {
  /** Answers false when the id is taken. */
  create(app: App): Promise<boolean>;
  find(appId: string): Promise<App | undefined>;
  /** Oldest first. */
  list(tenantId: string): Promise<readonly App[]>;
  /** Answers whether there was one. */
  delete(tenantId: string, appId: string): Promise<boolean>;
}
