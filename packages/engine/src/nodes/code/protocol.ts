/** What a thread is asked to run. Texts of JSON cross the border, never objects. */
export interface WorkerJob {
  readonly source: string;
  /** JSON text of an object. */
  readonly inputs: string;
  readonly timeoutMs: number;
  readonly memoryLimitBytes: number;
  readonly maxOutputBytes: number;
  readonly maxLogBytes: number;
}

/** What a thread answers. After `recycle` it must not be given another job. */
export type WorkerReply =
  | { readonly ok: true; readonly outputs: string; readonly logs: string; readonly recycle: boolean }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly recycle: boolean };

/** A prepared Python, as the threads that run jobs begin with it. */
export interface PythonImage {
  readonly module: object;
  /** The whole memory of an interpreter that waits for a job. */
  readonly memory: SharedArrayBuffer;
  readonly stackPointer: number;
  /** Where in it the command lies that runs the job. */
  readonly command: number;
}
