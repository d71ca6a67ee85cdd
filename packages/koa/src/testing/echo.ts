import type {
  InputValidators,
  Operation,
  OutputValidators,
  SecurityScheme,
  ServerContract,
} from '@flowwire/contract';
import { type BindOptions, bind, type HandlerRequest } from '../index.ts';
import type { AnyReply } from '../replies.ts';
import { listen, options, type Running, type User } from './serve.ts';

type Values = Readonly<Record<string, unknown>>;

/** One operation whose request and answer may be anything: what the document says of it is a test's matter. */
interface EchoOperations {
  echo: {
    input: {
      path?: Values;
      query?: Values;
      querystring?: unknown;
      headers?: Values;
      cookies?: Values;
      body?: unknown;
    };
    reply: AnyReply;
  };
}

export type EchoRequest = HandlerRequest<EchoOperations['echo'], User> & { contentType?: string | undefined };

export interface Echo {
  readonly operation?: Partial<Operation>;
  readonly inputs?: InputValidators;
  readonly outputs?: OutputValidators;
  readonly schemes?: Readonly<Record<string, SecurityScheme>>;
  readonly handler?: (request: EchoRequest) => AnyReply | Promise<AnyReply>;
  readonly options?: Partial<BindOptions<User>>;
}

export interface RunningEcho extends Omit<Running, 'requests'> {
  /** The requests that came to the handler. */
  readonly seen: EchoRequest[];
}

const ANY = { content: [{ mediaType: 'application/json', kind: 'json' }] } as const;

/** The middleware of an API of one operation, at `POST /echo` if nothing else is said; it answers 200. */
export const bindEcho = (
  { operation, inputs = {}, outputs = { replies: {} }, schemes = {}, handler, options: more }: Echo,
  seen: EchoRequest[],
  errors: unknown[],
) => {
  const contract: ServerContract<EchoOperations> = {
    name: 'echo',
    title: 'Echo',
    version: '1.0.0',
    securitySchemes: schemes,
    operations: {
      echo: {
        operationId: 'echo',
        method: 'POST',
        path: '/echo',
        parameters: [],
        replies: { '200': ANY, default: ANY },
        security: [],
        resumable: false,
        idempotencyKey: false,
        ...operation,
      },
    },
    inputs: { echo: inputs },
    outputs: { echo: outputs },
    channels: {},
    serverMessages: {},
    channelInputs: {},
    clientMessages: {},
  };
  const echo = async (request: EchoRequest) => {
    seen.push(request);
    return (await handler?.(request)) ?? { status: 200, body: {} };
  };
  return bind<EchoOperations, User>(
    contract,
    // Sound: any answer will do for an operation whose answers are any.
    { echo } as Parameters<typeof bind<EchoOperations, User>>[1],
    options({ onError: (error) => errors.push(error), ...more }),
  );
};

/** Serves one operation until the test is over. */
export const serveEcho = async (echo: Echo): Promise<RunningEcho> => {
  const seen: EchoRequest[] = [];
  const errors: unknown[] = [];
  const running = await listen(bindEcho(echo, seen, errors), (ctx) => {
    ctx.body = 'the next middleware';
  });
  return { ...running, seen, errors };
};
