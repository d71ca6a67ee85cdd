import { NodeError } from '../../errors.ts';
import { type ModelChunk, ModelError, type ModelProvider, type ModelRequest } from '../../ports.ts';

/** Whom a request is from: a node's id and which time it runs, such as `said3@m.0.2`. */
const callerOf = ({ messages }: ModelRequest): string => messages[0]?.content.split('|')[0] ?? '';

/** Told from all that was asked, so that a wrong prompt is seen in the answer. */
function textFor(request: ModelRequest): string {
  let digest = 7;
  for (const char of messagesOf(request)) digest = (digest * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003;
  return `<${callerOf(request)} ${digest.toString(36)}>`;
}

const messagesOf = ({ messages }: ModelRequest): string => messages.map(({ content }) => content).join();

/** Whom the model never answers: each `refused`, `odd` in each second item, and `fatal` unless it is healed. */
function refuses(caller: string, isHealed: boolean): boolean {
  if (caller.startsWith('odd')) return Number(caller.split('.').at(-1)) % 2 === 1;
  return caller.startsWith('refused') || (caller.startsWith('fatal') && !isHealed);
}

const REFUSED = 'model_refused';

export const isRefused = (error: unknown): boolean =>
  (error instanceof NodeError || error instanceof ModelError) && error.code === REFUSED;

/** The answer in three pieces, or the refusal after the first one. */
export async function* answerTo(request: ModelRequest, isHealed: boolean): AsyncGenerator<ModelChunk> {
  const text = textFor(request);
  yield { type: 'text', text: text.slice(0, 3) };
  if (refuses(callerOf(request), isHealed)) throw new ModelError('no', { code: REFUSED, retryable: false });
  yield { type: 'text', text: text.slice(3, 6) };
  yield { type: 'text', text: text.slice(6) };
  yield { type: 'finish', model: 'gate', tokens: { prompt: 1, completion: 1 }, finishReason: 'stop' };
}

/** A request that waits for the test to let it through. */
export interface Waiting {
  readonly caller: string;
  let(): void;
  /** Ends the attempt with an error that may pass. */
  fail(): void;
}

/** A model that says its first piece and then waits for the test. */
export function createGate(onCall: (caller: string) => void, isHealed: () => boolean) {
  const waiting = new Set<Waiting>();

  function wait(caller: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => () => {
        waiting.delete(entry);
        how();
      };
      const entry: Waiting = {
        caller,
        let: settle(resolve),
        fail: settle(() => reject(new ModelError('busy', { code: 'model_busy', retryable: true }))),
      };
      waiting.add(entry);
      signal.addEventListener(
        'abort',
        settle(() => reject(signal.reason)),
        { once: true },
      );
    });
  }

  const models: ModelProvider = {
    async *stream(request, signal) {
      const caller = callerOf(request);
      onCall(caller);
      let isFirst = true;
      for await (const chunk of answerTo(request, isHealed())) {
        yield chunk;
        if (isFirst) await wait(caller, signal);
        isFirst = false;
      }
    },
  };
  return { models, waiting: () => [...waiting] };
}
