import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, isApiError } from '@flowwire/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { isObject } from '../json.ts';
import type { ChannelModel, OperationModel, ParameterGroup } from '../model/api.ts';
import { readMockSource } from './api.ts';
import { type ApiPlan, planApi } from './api-plan.ts';
import { type MockServer, startMock } from './server.ts';

const SPECS = join(import.meta.dirname, '../../../specs');

const apis = readdirSync(SPECS).filter((name) => existsSync(join(SPECS, name, 'openapi.yaml')));

type Method = ((input: object, options: object) => unknown) & { readonly stream?: Method };

// What a client is made of is known only when its documents are read: these guards stand for its types.
const isMethod = (value: unknown): value is Method => typeof value === 'function';
const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/** An API that is mocked, and a client of it. */
class Mocked {
  readonly plan: ApiPlan;
  readonly #server: MockServer;
  readonly #client: unknown;

  constructor(plan: ApiPlan, server: MockServer) {
    this.plan = plan;
    this.#server = server;
    const schemes = Object.keys(plan.model.securitySchemes).map((name) => [name, 'any']);
    const auth = Object.fromEntries(schemes);
    this.#client = createClient(plan.contract, { baseUrl: server.url, auth, WebSocket, maxRetries: 0 });
  }

  static async start(name: string): Promise<Mocked> {
    const asyncapi = join(SPECS, name, 'asyncapi.yaml');
    const openapi = join(SPECS, name, 'openapi.yaml');
    const pair = { name, openapi, ...(existsSync(asyncapi) && { asyncapi }) };
    const plan = planApi(await readMockSource(pair, { seed: 1 }));
    const options = { host: '127.0.0.1', port: 0, delay: 0, eventInterval: 0, log: () => undefined };
    return new Mocked(plan, await startMock([plan], options));
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  method(name: string): Method {
    const method: unknown = isObject(this.#client) ? this.#client[name] : undefined;
    if (!isMethod(method)) throw new Error(`the client has no method ${name}`);
    return method;
  }

  made(schema: string): unknown {
    const { values, validators } = this.plan.source;
    const part = { schema: { $ref: `#/components/schemas/${schema}` }, place: undefined };
    return values.of(part, validators.get(schema), schema).value;
  }

  /** Parameters that fit, but for the position in a stream: it would leave out its beginning. */
  groups(groups: readonly ParameterGroup[]): Record<string, unknown> {
    return Object.fromEntries(
      groups.map(({ name, schema }) => {
        const value = this.made(schema.name);
        const members = isObject(value) ? Object.entries(value) : [];
        return [name, Object.fromEntries(members.filter(([key]) => key.toLowerCase() !== 'last-event-id'))];
      }),
    );
  }

  input({ groups, body }: OperationModel): Record<string, unknown> {
    const [content] = body?.content ?? [];
    if (!content) return this.groups(groups);
    const plain = content.kind === 'text' ? 'text' : new Blob(['bytes']);
    return { ...this.groups(groups), body: content.schema === undefined ? plain : this.made(content.schema) };
  }
}

/** The status that a call is answered with: that of an ApiError, or 200 for any success. */
async function outcome(answer: unknown): Promise<unknown> {
  try {
    if (isStream(answer)) for await (const _item of answer);
    else await answer;
    return 'success';
  } catch (error) {
    return isApiError(error) && error.type === 'http' ? error.status : error;
  }
}

const statusOf = (status: string): number =>
  status === 'default' ? 500 : Number(status.replace('XX', '00'));

describe.each(apis)('a client of the mocked %s', (name) => {
  let mocked: Mocked;
  beforeAll(async () => {
    mocked = await Mocked.start(name);
  });
  afterAll(() => mocked.stop());

  it('reads every documented answer of every operation', async () => {
    for (const operation of mocked.plan.model.operations) {
      const method = mocked.method(operation.operationId);
      for (const reply of operation.replies) {
        const status = statusOf(reply.status);
        const options = { headers: { prefer: `code=${status}` }, maxRetries: 0, maxReconnects: 0 };
        const expected = status < 400 ? 'success' : status;
        for (const call of [method, ...(method.stream ? [method.stream] : [])]) {
          // Only a stream that has ended is told so without a body.
          if (call !== method.stream && method.stream && reply.content.length === 0) continue;
          const answered = await outcome(call(mocked.input(operation), options));
          expect([operation.operationId, status, answered]).toEqual([
            operation.operationId,
            status,
            expected,
          ]);
        }
      }
    }
  });

  it('hears every message of every socket, and has its requests answered', async () => {
    for (const channel of mocked.plan.channels) await talk(mocked, channel.channel, channel.pushed.length);
  });
});

type Request = (message: unknown) => Promise<unknown>;

/** Opens a socket, asks all that it can be asked, and reads what it says. */
async function talk(mocked: Mocked, channel: ChannelModel, pushed: number): Promise<void> {
  const socket = mocked.method(channel.name)(mocked.groups(channel.groups), {});
  if (!isStream(socket)) throw new Error(`${channel.name} is no socket`);
  const request = Reflect.get(socket, 'request').bind(socket) as Request; // As the client declares it.
  for (const { type, schema, replies = [] } of channel.client) {
    const isControl = Object.values(channel.session ?? {}).includes(type);
    if (isControl || replies.length === 0) continue;
    const answer = await request(mocked.made(schema));
    expect(replies).toContain(Reflect.get(Object(answer), channel.discriminator ?? ''));
  }
  let heard = 0;
  for await (const _message of socket) {
    heard += 1;
    if (heard === pushed) break;
  }
  expect(heard).toBe(pushed);
}
