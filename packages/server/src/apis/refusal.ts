/** One fault, as the document's `Finding`. */
export interface ErrorDetail {
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'body';
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
  readonly node_id?: string;
  readonly line?: number;
}

/** An answer with the `ErrorBody` that the workflow-execution and identity documents share. */
export const refusal = <Status extends number>(
  status: Status,
  code: string,
  message: string,
  details?: readonly ErrorDetail[],
) => ({ status, body: { code, message, status, ...(details ? { details: [...details] } : {}) } });
