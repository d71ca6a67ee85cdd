import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { LoopbackServer, Seen } from '../nodes/http/testing/loopback.ts';
import type { NodeServices } from '../nodes/node-type.ts';
import type { Mail, MailSender } from '../nodes/notify/mail.ts';
import { type ModelChunk, ModelError, type ModelProvider, type ModelRequest } from '../ports.ts';
import {
  type CaseRun,
  type HttpReply,
  type HttpRule,
  listOf,
  type ModelReply,
  type ModelRule,
} from './case.ts';

/** A stand-in for something outside, and how it was used. */
interface StandIn {
  /** What nobody expected, and what was expected and has not come. */
  faults(): readonly string[];
}

interface Uses<Rule> {
  readonly rule: Rule;
  uses: number;
}

const TOKENS = { prompt: 10, completion: 5 };

/** A model that answers by rules. A text comes in pieces, each on a turn of its own. */
function createStandInModel(rules: readonly ModelRule[], isStrict: boolean): StandIn & ModelProvider {
  const known = rules.map((rule): Uses<ModelRule> => ({ rule, uses: 0 }));
  const unexpected: string[] = [];
  return {
    async *stream(request, signal): AsyncGenerator<ModelChunk> {
      const use = known.find(({ rule }) => fits(rule, request));
      if (!use) {
        unexpected.push(`the model was asked ${JSON.stringify(request, null, 2)}`);
        throw new ModelError('nobody has told the model what to say', { code: 'no_rule', retryable: false });
      }
      const replies = listOf(use.rule.reply);
      const reply = replies[Math.min(use.uses++, replies.length - 1)] ?? {};
      for (const chunk of chunksOf(reply)) {
        await setTimeout(0);
        signal.throwIfAborted();
        yield chunk;
      }
    },
    faults: () => [...unexpected, ...known.flatMap((use) => miscount(use, use.rule.when, isStrict))],
  };
}

function fits({ when, system, history, request, images, tools }: ModelRule, asked: ModelRequest): boolean {
  const [first, last] = [asked.messages[0], asked.messages.at(-1)];
  const between = asked.messages.filter((message) => message.role !== 'system' && message !== last);
  if (!last?.content.includes(when)) return false;
  if (system !== undefined && !(first?.role === 'system' && first.content.includes(system))) return false;
  if (
    history &&
    !isDeepStrictEqual(
      between.map(({ role, content }) => `${role}: ${content}`),
      history,
    )
  )
    return false;
  if (
    tools &&
    !isDeepStrictEqual(
      asked.tools?.map(({ name }) => name),
      tools,
    )
  )
    return false;
  const shown = last.role === 'user' ? (last.images ?? []).map(({ url }) => url) : [];
  if (images && !isDeepStrictEqual(shown, images)) return false;
  const members = new Map<string, unknown>(Object.entries(asked));
  return Object.entries(request ?? {}).every(([name, value]) => isDeepStrictEqual(members.get(name), value));
}

function* chunksOf({
  reasoning,
  text,
  json,
  tool_calls: calls = [],
  error,
}: ModelReply): Generator<ModelChunk> {
  if (reasoning !== undefined) yield { type: 'reasoning', text: reasoning };
  const answer = json === undefined ? (text ?? '') : JSON.stringify(json);
  for (const piece of answer.match(/\S+\s*/g) ?? []) yield { type: 'text', text: piece };
  for (const [index, call] of calls.entries()) {
    yield { type: 'tool_call', call: { id: `call_${index + 1}`, ...call } };
  }
  if (error !== undefined) throw new ModelError('the model is busy', { code: error, retryable: true });
  const finishReason = calls.length > 0 ? 'tool_calls' : 'stop';
  yield { type: 'finish', model: 'stand-in', tokens: TOKENS, finishReason };
}

/** After a crash some things are asked for again. */
function miscount(
  { rule, uses }: Uses<{ readonly reply?: unknown; readonly times?: number }>,
  what: string,
  isStrict: boolean,
): readonly string[] {
  const wanted = rule.times ?? listOf(rule.reply).length;
  if (isStrict ? uses === wanted : uses > 0 || wanted === 0) return [];
  return [`${JSON.stringify(what)} came ${uses} times, not ${wanted} times`];
}

/** Lets a server answer by rules. */
function answerByRules(server: LoopbackServer, rules: readonly HttpRule[], isStrict: boolean): StandIn {
  const known = rules.map((rule): Uses<HttpRule> => ({ rule, uses: 0 }));
  const unexpected: string[] = [];
  const gathered = new Set<() => void>();
  server.seen.length = 0;
  server.answer((_request: IncomingMessage, response: ServerResponse) => {
    const seen = server.seen.at(-1);
    const use = seen && known.find(({ rule }) => isRequest(rule, seen));
    if (!use) {
      unexpected.push(`nobody expected ${JSON.stringify({ ...seen, body: bodyOf(seen) }, null, 2)}`);
      response.writeHead(501).end('nobody expected this');
      return;
    }
    const replies = listOf(use.rule.reply ?? {});
    const reply = replies[Math.min(use.uses++, replies.length - 1)] ?? {};
    const send = (): void => sendReply(reply, response);
    if (reply.silent) return;
    if (reply.gather === undefined || !isStrict) return send();
    gathered.add(send);
    if (gathered.size < reply.gather) return;
    for (const one of gathered) one();
    gathered.clear();
  });
  return {
    faults: () => [...unexpected, ...known.flatMap((use) => miscount(use, use.rule.request, isStrict))],
  };
}

const bodyOf = (seen: Seen | undefined): string => Buffer.from(seen?.body ?? '', 'latin1').toString('utf8');

function isRequest({ request, headers = {}, json, text, parts = [] }: HttpRule, seen: Seen): boolean {
  if (request !== `${seen.method} ${seen.url}`) return false;
  if (Object.entries(headers).some(([name, value]) => seen.headers[name] !== value)) return false;
  const body = bodyOf(seen);
  if (text !== undefined && body !== text) return false;
  if (!parts.every((part) => body.includes(part))) return false;
  return json === undefined || isDeepStrictEqual(parseJson(body), json);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sendReply(
  { status = 200, headers = {}, json, text = '' }: HttpReply,
  response: ServerResponse,
): void {
  const type = json === undefined ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(json === undefined ? text : JSON.stringify(json));
}

type KeptMail = Omit<Mail, 'idempotencyKey'>;

/** Keeps mails. The same mail again, as after a crash, is the same mail. */
function createMailbox(): MailSender & { mails(): readonly KeptMail[] } {
  const mails = new Map<string, KeptMail>();
  return {
    async send({ idempotencyKey, ...mail }) {
      mails.set(idempotencyKey, mail);
      return `<${idempotencyKey}>`;
    },
    close: async () => undefined,
    mails: () => [...mails.values()],
  };
}

/** Everything outside of a world, but for the clock and the code sandbox. */
export interface StandIns extends StandIn {
  readonly services: Pick<NodeServices, 'models' | 'mail'>;
  /** Begins a run: what was heard before is forgotten. */
  begin(run: CaseRun): void;
  mails(): readonly KeptMail[];
}

/** With `isStrict` everything comes exactly as often as expected; else, as after a crash, also more often. */
export function createStandIns(server: LoopbackServer, isStrict: boolean): StandIns {
  let model = createStandInModel([], isStrict);
  let api = answerByRules(server, [], isStrict);
  let mailbox = createMailbox();
  return {
    services: {
      models: { stream: (request, signal) => model.stream(request, signal) },
      mail: { send: (mail, signal) => mailbox.send(mail, signal), close: () => mailbox.close() },
    },
    begin(run) {
      model = createStandInModel(run.model ?? [], isStrict);
      api = answerByRules(server, run.http ?? [], isStrict);
      mailbox = createMailbox();
    },
    mails: () => mailbox.mails(),
    faults: () => [...model.faults(), ...api.faults()],
  };
}
