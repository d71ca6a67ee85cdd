import type {
  CallOptions,
  Contract,
  EventStream,
  Operation,
  OutputValidators,
  ReplyFormat,
  SecurityScheme,
  StreamOptions,
} from '@flowwire/contract';
import { createClient } from '../client.ts';
import type { ClientOptions, OperationInput } from '../options.ts';

/** A client of one operation, whose input and answer may be anything. */
export interface OneOperation {
  op: {
    (input?: OperationInput, options?: CallOptions): Promise<unknown>;
    /** Only there where the document has a stream beside a body. */
    stream(input?: OperationInput, options?: StreamOptions): EventStream<unknown>;
  };
}

interface Operations {
  op: { input: object; reply: { status: number; body?: unknown } };
}

export interface OneOperationParts {
  readonly operation?: Partial<Operation>;
  readonly outputs?: OutputValidators;
  readonly schemes?: Readonly<Record<string, SecurityScheme>>;
}

export const JSON_REPLY: ReplyFormat = { content: [{ mediaType: 'application/json', kind: 'json' }] };

/** The contract of one operation, at `POST /op` if nothing else is said. */
export function oneOperation({
  operation = {},
  outputs = { replies: {} },
  schemes = {},
}: OneOperationParts): Contract<Operations, OneOperation> {
  return {
    name: 'one',
    title: 'One',
    version: '1.0.0',
    securitySchemes: schemes,
    operations: {
      op: {
        operationId: 'op',
        method: 'POST',
        path: '/op',
        parameters: [],
        replies: { '200': JSON_REPLY, '204': {} },
        security: [],
        resumable: false,
        idempotencyKey: false,
        ...operation,
      },
    },
    outputs: { op: outputs },
    channels: {},
    serverMessages: {},
  };
}

export function createOne(parts: OneOperationParts, options: ClientOptions): OneOperation {
  return createClient(oneOperation(parts), options);
}
