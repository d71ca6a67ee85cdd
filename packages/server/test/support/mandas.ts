import { isApiError } from '@flowwire/client';
import type { ErrorDetails, MandasClient } from '@flowwire/contract/mandas';
import { expect } from 'vitest';
import type { TestServer } from './reference-server.ts';

/** Two agents, one after the other, whose outputs have fields. */
export const REPORT = `name: Sales report
description: From the month's figures to a report
agents:
  - name: DataAnalyzer
    type: data_analysis
    output_fields: [analysis_result]
  - name: ReportGenerator
    type: report_generation
    instructions: Write for {{ initial_input.reader }}. {{ DataAnalyzer.output.analysis_result }}
    output_fields: [report, summary]
`;

/** One agent that is told the input `say`, and answers with text. */
export const ECHO = `agents:
  - name: Echo
    prompt: "{{ initial_input.say }}"
`;

/** What a call of the client was refused with. */
export async function refusalOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isApiError(error)) throw new Error('the call was not refused', { cause: error });
  return { status: error.status, body: error.body };
}

/** A refusal with this code; the details are those that are named. */
export const refusal = (status: number, code: string, details: ErrorDetails = {}) => ({
  status,
  body: { error: { code, message: expect.any(String), details: expect.objectContaining(details) } },
});

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

/** A request past the client. A body that is no text is sent as JSON. */
export async function send(
  server: TestServer,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Readonly<Record<string, string>>; body?: unknown } = {},
): Promise<RawAnswer> {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: {
      authorization: `Bearer ${server.key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text === '' ? undefined : JSON.parse(text),
  };
}

/** The URLs of a `Link` header (RFC 8288) by their relation. */
export function linksOf(headers: Headers): Readonly<Record<string, string>> {
  const links = (headers.get('link') ?? '').matchAll(/<([^>]*)>; rel="([a-z]+)"/g);
  return Object.fromEntries(Array.from(links, ([, url = '', rel = '']) => [rel, url]));
}

/** Walks a list from page to page by its links. Answers the ids of all items. */
export async function walk(server: TestServer, first: string): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let pages = 0;
  for (let next: string | undefined = first; next !== undefined; pages += 1) {
    const { json, headers } = await send(server, 'GET', next);
    if (!Array.isArray(json)) throw new Error('a list is an array');
    ids.push(...json.map(({ id }) => String(id)));
    next = linksOf(headers).next;
  }
  return { ids, pages };
}

/** Resolves when an agent of a run is at work, and its log says so. */
export async function agentAtWork(api: MandasClient, run_id: string): Promise<void> {
  for await (const { type } of api.followRun({ path: { run_id } })) if (type === 'agent.started') return;
  throw new Error('no agent of the run was at work');
}

/** What the server logged of answers that its documents do not describe. */
export const undocumented = (server: TestServer): string[] =>
  server.logged.filter((line) => line.includes('an operation failed'));

/** The server-sent events of an answer that ends. */
export async function eventsIn(
  server: TestServer,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly { readonly id: string; readonly data: unknown }[]> {
  const response = await fetch(new URL(path, server.url), {
    headers: { authorization: `Bearer ${server.key}`, ...headers },
  });
  const blocks = (await response.text()).split('\n\n').filter((block) => block.includes('data:'));
  return blocks.map((block) => ({
    id: /^id: ?(.*)$/m.exec(block)?.[1] ?? '',
    data: JSON.parse(/^data: ?(.*)$/m.exec(block)?.[1] ?? 'null'),
  }));
}
