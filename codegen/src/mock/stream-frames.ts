import type { SchemaError } from '@flowwire/contract';
import type { StreamFrame } from '@flowwire/koa';
import { placeOf } from '../load/cursor.ts';
import type { NamedSchema, OperationModel, StreamModel } from '../model/api.ts';
import type { MockSource } from './api.ts';
import { faultsIn, framesInOrder } from './frames.ts';
import { inside, type Part, partsIn, referredName } from './values/schemas.ts';

/** One kind of item of a stream. */
interface Branch {
  readonly part: Part;
  /** For items `{ event, data }`: the event's name. */
  readonly event?: string;
  /** The place of the schema of what a message carries: of the item, or of its data. */
  readonly place?: string;
}

/** Frames, and what is wrong with those that were made. */
export interface PlannedFrames {
  readonly frames: readonly StreamFrame<unknown>[];
  readonly errors: readonly SchemaError[];
}

/** The frames of a stream for which the document has no example of the whole. */
export interface StreamFrames {
  /** From the examples of the AsyncAPI document's messages; undefined when there are none. */
  fromMessages(): readonly StreamFrame<unknown>[] | undefined;
  /** One of each kind, made from the schemas. */
  made(): PlannedFrames;
}

/** Unions nest, but not without end. */
const MAX_DEPTH = 8;

class Branches {
  readonly #byName: ReadonlyMap<string, NamedSchema>;

  constructor(schemas: readonly NamedSchema[]) {
    this.#byName = new Map(schemas.map((schema) => [schema.name, schema]));
  }

  #follow(part: Part): Part {
    const named = this.#byName.get(referredName(part.schema) ?? '');
    return named ? { schema: named.schema, place: named.place } : part;
  }

  /** The kinds of item, through nested unions. */
  of(part: Part, depth = 0): Branch[] {
    const target = this.#follow(part);
    const members = [...partsIn(target, 'oneOf'), ...partsIn(target, 'anyOf')];
    if (members.length > 0 && depth < MAX_DEPTH)
      return members.flatMap((member) => this.of(member, depth + 1));
    const event = inside(target, 'properties', 'event', 'const').schema;
    if (typeof event !== 'string') return [{ part, ...placed(target) }];
    return [{ part, event, ...placed(this.#follow(inside(target, 'properties', 'data'))) }];
  }
}

const placed = ({ place }: Part): Pick<Branch, 'place'> => (place ? { place: placeOf(place) } : {});

/** Prepares the frames of an operation's stream. */
export function createStreamFrames(
  { operationId, path, aliases }: OperationModel,
  { item, format }: StreamModel,
  source: MockSource,
): StreamFrames {
  const root = { schema: { $ref: `#/components/schemas/${item}` }, place: undefined };
  const branches = new Branches(source.model.schemas).of(root);
  const validate = source.validators.get(item);

  /** An item with what a message carries. */
  function itemFor(payload: unknown, places: ReadonlySet<string>): unknown {
    if (format.item === 'data') return payload;
    const branch = branches.find(({ place }) => place !== undefined && places.has(place));
    return { event: branch?.event, data: payload };
  }

  function fromMessages(): readonly StreamFrame<unknown>[] | undefined {
    const carried = new Set(branches.map(({ place }) => place));
    const fitting = source.messages.filter(({ payloads }) =>
      [...payloads].some((place) => carried.has(place)),
    );
    const ofChannel = fitting.filter(({ addresses }) => [path, ...aliases].some((one) => addresses.has(one)));
    const messages = ofChannel.length > 0 ? ofChannel : fitting;
    const items = messages.flatMap(({ examples, payloads }) =>
      examples.flatMap((example) => {
        if (example.content.kind === 'wire') return [];
        const value = itemFor(example.content.value, payloads);
        const [fault] = faultsIn([{ item: value }], validate);
        if (fault)
          source.documents.warn(
            example.place,
            `This example is no item of the stream of ${operationId}: ${fault.instancePath || '/'} ${fault.message}.`,
          );
        return [value];
      }),
    );
    return items.length > 0 ? framesInOrder(items, format) : undefined;
  }

  function made(): PlannedFrames {
    const items = branches.map(({ part, event }, index) =>
      source.values.of(part, validate, `${operationId} stream ${event ?? index}`),
    );
    const frames = framesInOrder(
      items.map(({ value }) => value ?? null),
      format,
    );
    return { frames, errors: items.flatMap(({ errors }) => errors) };
  }

  return { fromMessages, made };
}
