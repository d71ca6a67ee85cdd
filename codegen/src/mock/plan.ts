import type { EventStreamFormat, ReplyContent, SchemaError, Validator } from '@flowwire/contract';
import type { StreamFrame } from '@flowwire/koa';
import type { OperationModel, ReplyContentModel, ReplyModel } from '../model/api.ts';
import type { MockSource } from './api.ts';
import { bodyOf, concreteType, ExampleError, plainBody } from './bodies.ts';
import type { Example } from './examples/example.ts';
import { type HeaderExamples, type ReplyExamples, readOperationExamples } from './examples/openapi.ts';
import { describeFaults } from './faults.ts';
import { faultsIn, framesOf } from './frames.ts';
import { createStreamFrames, type PlannedFrames } from './stream-frames.ts';
import type { MadeValue } from './values/values.ts';

/** Something that can be sent, under the name that a document gives it. */
export interface Named<T> {
  readonly name: string;
  readonly value: T;
}

/** One media type of an answer. */
export interface PlannedContent {
  /** As it is sent, where the document has a range. */
  readonly mediaType: string;
  readonly kind: ReplyContent['kind'];
  readonly examples: readonly Named<unknown>[];
  /** A body made from the schema. */
  readonly made: () => MadeValue;
}

/** A stream's frames, whole streams of the document by name. */
export interface PlannedStream {
  readonly format: EventStreamFormat;
  readonly examples: readonly Named<readonly StreamFrame<unknown>[]>[];
  /** What is sent when no example is asked for. */
  readonly usual: () => PlannedFrames;
}

/** What can be answered with one status. */
export interface PlannedReply {
  /** As in the model. */
  readonly status: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: readonly PlannedContent[];
  readonly stream?: PlannedStream;
}

export interface OperationPlan {
  readonly operation: OperationModel;
  readonly replies: ReadonlyMap<string, PlannedReply>;
}

const NOTHING: ReplyExamples = { content: new Map(), headers: [] };

const EVENT_STREAM = /^text\/event-stream\s*(;|$)/i;

/** Reads an example; what is wrong with it is told where it stands. */
function readExample<T>(example: Example, read: () => T, source: MockSource): T[] {
  try {
    return [read()];
  } catch (error) {
    if (!(error instanceof ExampleError)) throw error;
    source.documents.warn(example.place, `This example ${error.message}. It is left out.`);
    return [];
  }
}

function tell(example: Example, errors: readonly SchemaError[], { documents }: MockSource): void {
  if (errors.length > 0)
    documents.warn(
      example.place,
      `This example does not fit its schema: ${describeFaults(errors)}. It is sent as it is.`,
    );
}

/** Plans one media type of an answer. */
function planContent(
  content: ReplyContentModel,
  examples: readonly Example[],
  key: string,
  source: MockSource,
): PlannedContent {
  const { kind, mediaType, schema } = content;
  const validate: Validator<unknown> | undefined =
    schema === undefined ? undefined : source.validators.get(schema);
  const read = examples.flatMap((example) =>
    readExample(example, () => bodyOf(example.content, content), source).map((value): Named<unknown> => {
      if (kind === 'json' && validate && !validate(value)) tell(example, validate.errors ?? [], source);
      return { name: example.name, value };
    }),
  );
  let made: MadeValue | undefined;
  const make = (): MadeValue => {
    const named = { $ref: `#/components/schemas/${schema}` };
    if (schema !== undefined) return source.values.of({ schema: named, place: undefined }, validate, key);
    return { value: plainBody(content, source.model.title), errors: [] };
  };
  return {
    mediaType: concreteType(mediaType),
    kind,
    examples: read,
    made: () => {
      made ??= make();
      return made;
    },
  };
}

const headerText = (value: unknown): string =>
  Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** A header's example; a made-up value only where the header must be there. */
function headerValue(header: HeaderExamples, key: string, { values }: MockSource): string | undefined {
  const [first] = header.examples;
  if (first) return first.content.kind === 'data' ? headerText(first.content.value) : first.content.text;
  if (!header.required) return undefined;
  const part = { schema: header.schema.value, place: header.schema };
  return headerText(values.of(part, undefined, `${key} ${header.name}`).value);
}

function planHeaders(headers: readonly HeaderExamples[], key: string, source: MockSource) {
  const values = headers.map((header) => [header.name, headerValue(header, key, source)] as const);
  // A line break would end the header; Node refuses what is no Latin-1.
  return Object.fromEntries(
    values.flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value.replaceAll(/[^\t\x20-\xff]/g, ' ')]],
    ),
  );
}

function planStream(
  reply: ReplyModel,
  examples: readonly Example[],
  operation: OperationModel,
  source: MockSource,
): PlannedStream | undefined {
  const { stream } = reply;
  if (!stream) return undefined;
  const validate = source.validators.get(stream.item);
  const wholes = examples.flatMap((example) =>
    readExample(example, () => framesOf(example.content, stream.format), source).map((value) => {
      tell(example, faultsIn(value, validate), source);
      return { name: example.name, value };
    }),
  );
  const single = createStreamFrames(operation, stream, source);
  const frames = single.fromMessages() ?? wholes[0]?.value;
  let usual: PlannedFrames | undefined = frames && { frames, errors: [] };
  return {
    format: stream.format,
    examples: wholes,
    usual: () => {
      usual ??= single.made();
      return usual;
    },
  };
}

function planReply(
  reply: ReplyModel,
  examples: ReplyExamples,
  operation: OperationModel,
  source: MockSource,
): PlannedReply {
  const key = `${operation.operationId} ${reply.status}`;
  const ofStream = [...examples.content].flatMap(([type, list]) => (EVENT_STREAM.test(type) ? list : []));
  const stream = planStream(reply, ofStream, operation, source);
  return {
    status: reply.status,
    headers: planHeaders(examples.headers, key, source),
    content: reply.content.map((content) =>
      planContent(
        content,
        examples.content.get(content.mediaType) ?? [],
        `${key} ${content.mediaType}`,
        source,
      ),
    ),
    ...(stream && { stream }),
  };
}

/** Gathers what an operation can be answered with. Examples that do not fit are warned of; values are made when asked for. */
export function planOperation(operation: OperationModel, source: MockSource): OperationPlan {
  const { openapi, documents } = source;
  const examples = openapi && readOperationExamples(openapi, operation, documents);
  const replies = operation.replies.map((reply): [string, PlannedReply] => [
    reply.status,
    planReply(reply, examples?.get(reply.status) ?? NOTHING, operation, source),
  ]);
  return { operation, replies: new Map(replies) };
}
