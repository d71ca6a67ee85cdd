import type { ModelScript } from './model-stand-in.ts';

/** Lets requests of a model wait, so that a test knows that a node is under way. */
export interface Gate {
  /** Resolves when a request has come to the gate. */
  readonly reached: Promise<void>;
  /** Lets all requests through, now and later. */
  open(): void;
  /** The script, behind the gate. */
  guard(script: ModelScript): ModelScript;
}

export function createGate(): Gate {
  let reach: () => void = () => undefined;
  let open: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    reached,
    open: () => open(),
    guard: (script) => (request, response) => {
      reach();
      void opened.then(() => script(request, response));
    },
  };
}
