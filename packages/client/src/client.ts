import type { CallOptions, ClientOf, EventStreamFormat, Operation, StreamOptions } from '@flowwire/contract';
import { call } from './call.ts';
import { pickSigners } from './http/auth.ts';
import { resolveBaseUrl } from './http/base-url.ts';
import { successesOf } from './http/replies.ts';
import type { AnyContract, ClientOptions, Endpoint, OperationInput } from './options.ts';
import { createSocketMethods } from './socket/methods.ts';
import { createEventStream } from './stream/event-stream.ts';
import { createItemReader } from './stream/items.ts';

/**
 * Makes a client of an API from its contract: an object with a method for each operation. What an
 * operation answers in one piece is a promise, what it streams is an EventStream; where it offers both,
 * the stream is the method's `.stream`. A WebSocket channel is a method that answers a Socket.
 *
 * A call that fails does so with an ApiError. Two kinds of errors are the caller's own: input that cannot
 * be sent (an empty path parameter, a body that has no JSON, a header with a line break) is a TypeError
 * before anything is sent, and what `onReconnect` or `onUnknown` throws ends the stream as it is.
 *
 * @throws TypeError for a `baseUrl` that requests cannot be sent to.
 */
export function createClient<C extends AnyContract>(contract: C, options: ClientOptions): ClientOf<C> {
  const client = { ...options, baseUrl: resolveBaseUrl(options.baseUrl) };
  return Object.assign(createHttpClient(contract, client), createSocketMethods(contract, client));
}

/** The same for an API without sockets: a bundler leaves out what those need, a third of the client. */
export function createHttpClient<C extends AnyContract>(contract: C, options: ClientOptions): ClientOf<C> {
  const client = { ...options, baseUrl: resolveBaseUrl(options.baseUrl) };
  const methods = Object.values(contract.operations).map((operation) => [
    operation.operationId,
    createMethod(createEndpoint(contract, operation, client)),
  ]);
  // Sound because the interface and the table are generated from the same operations of one document.
  return Object.fromEntries(methods) as ClientOf<C>;
}

function createEndpoint(contract: AnyContract, operation: Operation, client: ClientOptions): Endpoint {
  const outputs = contract.outputs[operation.operationId];
  if (outputs === undefined)
    throw new TypeError(`${contract.name} has no outputs for ${operation.operationId}`);
  const signers = pickSigners(operation.security, contract.securitySchemes, client.auth);
  return { api: contract.name, operation, outputs, signers, client };
}

function createMethod(endpoint: Endpoint) {
  const { operation } = endpoint;
  const { streamSwitch } = operation;
  const single = (input: OperationInput = {}, options: CallOptions = {}) =>
    call(endpoint, withField(input, streamSwitch?.field, streamSwitch?.single), options);
  const format = streamFormatOf(operation);
  if (format === undefined) return single;

  const items = createItemReader(endpoint, format);
  const stream = (input: OperationInput = {}, options: StreamOptions = {}) =>
    createEventStream(endpoint, items, withField(input, streamSwitch?.field, streamSwitch?.stream), options);
  return answersAtOnce(operation) ? Object.assign(single, { stream }) : stream;
}

function withField(input: OperationInput, field: string | undefined, value: unknown): OperationInput {
  return field === undefined ? input : { ...input, body: Object.assign({}, input.body, { [field]: value }) };
}

function streamFormatOf(operation: Operation): EventStreamFormat | undefined {
  return successesOf(operation).find(({ stream }) => stream !== undefined)?.stream;
}

function answersAtOnce(operation: Operation): boolean {
  return successesOf(operation).some(({ content }) => content !== undefined);
}
