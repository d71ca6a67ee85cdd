import type {
  InputValidators,
  MessageValidators,
  Operation,
  OperationTypes,
  OutputValidators,
  ServerContract,
  Validator,
} from '@flowwire/contract';
import type {
  ApiModel,
  ChannelModel,
  MessageModel,
  OperationModel,
  ParameterGroup,
  ReplyModel,
} from '../model/api.ts';
import type { SchemaValidators } from './schema-validators.ts';
import type { MockChannels } from './sockets.ts';

/** What is known at compile time of an operation that is read at run time. */
export interface MockOperation extends OperationTypes {
  readonly input: { readonly headers?: Readonly<Record<string, unknown>>; readonly body?: unknown };
  readonly reply:
    | { readonly status: number; readonly stream: unknown }
    | { readonly status: number; readonly body: unknown; readonly contentType?: string }
    | { readonly status: number };
}

export type MockOperations = Readonly<Record<string, MockOperation>>;

/** A contract that is made in memory. */
export type MockContract = ServerContract<MockOperations, MockChannels>;

const replyFormat = ({ content, stream, errorCodes }: ReplyModel) => ({
  ...(content.length > 0 && { content }),
  ...(stream && { stream: stream.format }),
  ...(errorCodes && { errorCodes }),
});

/** The model of an operation has the members of its row in a contract, and more, which nobody reads there. */
const operationRow = ({ replies, ...operation }: OperationModel): Operation => ({
  ...operation,
  replies: Object.fromEntries(replies.map((reply) => [reply.status, replyFormat(reply)])),
});

const present = <T>(entries: readonly (readonly [string, T | undefined])[]): Readonly<Record<string, T>> =>
  Object.fromEntries(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));

type Find = (schema: string | undefined) => Validator<unknown> | undefined;

const groupValidators = (groups: readonly ParameterGroup[], find: Find): InputValidators =>
  present(groups.map(({ name, schema }) => [name, find(schema.name)]));

function inputsOf({ groups, body }: OperationModel, find: Find): InputValidators {
  const [first, second] = body?.content ?? [];
  const validate = find(first?.schema);
  const bodies = present((body?.content ?? []).map(({ mediaType, schema }) => [mediaType, find(schema)]));
  return {
    ...groupValidators(groups, find),
    ...(second ? { bodies } : validate && { body: validate }),
  };
}

/** A further JSON media type of one status has a validator of its own. */
function outputsOf({ replies }: OperationModel, find: Find): OutputValidators {
  const item = find(replies.find(({ stream }) => stream)?.stream?.item);
  const rows = replies.flatMap(({ status, content }) =>
    content
      .filter(({ schema }) => schema !== undefined)
      .map(
        ({ mediaType, schema }, index) =>
          [index === 0 ? status : `${status} ${mediaType}`, find(schema)] as const,
      ),
  );
  return { replies: present(rows), ...(item && { item }) };
}

const messageValidators = (messages: readonly MessageModel[], find: Find): MessageValidators =>
  present(messages.map(({ type, schema }) => [type, find(schema)]));

/** Makes of a model what would be generated from it for a server. */
export function createContract(model: ApiModel, validators: SchemaValidators): MockContract {
  const find: Find = (schema) => (schema === undefined ? undefined : validators.get(schema));
  const byOperation = <T>(row: (operation: OperationModel) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(model.operations.map((operation) => [operation.operationId, row(operation)]));
  const byChannel = <T>(row: (channel: ChannelModel) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(model.channels.map((channel) => [channel.name, row(channel)]));
  return {
    name: model.name,
    title: model.title,
    version: model.version,
    securitySchemes: model.securitySchemes,
    operations: byOperation(operationRow),
    inputs: byOperation((operation) => inputsOf(operation, find)),
    outputs: byOperation((operation) => outputsOf(operation, find)),
    channels: byChannel((channel) => channel),
    channelInputs: byChannel(({ groups }) => groupValidators(groups, find)),
    serverMessages: byChannel(({ server }) => messageValidators(server, find)),
    clientMessages: byChannel(({ client }) => messageValidators(client, find)),
  };
}
