import { createWorkflowExecution } from '@flowwire/client';
import { createParser } from 'eventsource-parser';
import { Stream } from 'openai/core/streaming';
import { median, print, round } from './lib/report.ts';

const EVENTS = 20_000;
const ROUNDS = 15;
/** What fetch hands on at once when a stream comes fast; 1400 bytes is one small packet at a time. */
const NETWORK_CHUNK = 65_536;
const CHUNK_SIZES = [NETWORK_CHUNK, 1_400];

/** One run's stream: mostly text, with a node's begin and end now and then, as a real run has. */
function streamBytes(): Uint8Array {
  const run = {
    workflow_run_id: 'run_0197b1c2d3e4f5a6b7c8d9e0f1a2b3c4',
    task_id: 'run_0197b1c2d3e4f5a6b7c8d9e0f1a2b3c4',
  };
  const text = (seq: number) => ({
    event: 'text_chunk',
    ...run,
    data: { text: `word ${seq} of the answer `, from_variable_selector: ['review', 'text'] },
  });
  const started = (seq: number) => ({
    event: 'node_started',
    ...run,
    data: {
      node_id: `n${seq}`,
      node_type: 'llm',
      title: 'Write',
      index: 3,
      attempt: 1,
      created_at: 1763632800,
    },
  });
  const finished = {
    event: 'workflow_finished',
    ...run,
    data: {
      id: run.workflow_run_id,
      workflow_id: 'wf_x',
      status: 'succeeded',
      outputs: {},
      elapsed_time: 1,
      total_tokens: 1,
      total_steps: '3',
      created_at: 1763632800,
      finished_at: 1763632801,
    },
  };
  let frames = '';
  for (let seq = 1; seq < EVENTS; seq++) {
    frames += `id: ${seq}\ndata: ${JSON.stringify(seq % 20 === 0 ? started(seq) : text(seq))}\n\n`;
  }
  frames += `id: ${EVENTS}\ndata: ${JSON.stringify(finished)}\n\ndata: [DONE]\n\n`;
  return new TextEncoder().encode(frames);
}

const bytes = streamBytes();

function responseOf(chunkSize: number): Response {
  let offset = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (offset >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(offset, offset + chunkSize));
      offset += chunkSize;
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

type Contestant = (chunkSize: number) => Promise<number>;

const contestants: Readonly<Record<string, Contestant>> = {
  'eventsource-parser + JSON.parse': async (chunkSize) => {
    let events = 0;
    let last: unknown;
    const parser = createParser({
      onEvent({ data }) {
        if (data === '[DONE]') return;
        last = JSON.parse(data);
        events += 1;
      },
    });
    const reader = responseOf(chunkSize).body?.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const read = await reader?.read();
      if (!read || read.done) break;
      parser.feed(decoder.decode(read.value, { stream: true }));
    }
    if (last === undefined) throw new Error('nothing was decoded');
    return events;
  },
  '@flowwire/client, typed and validated': async (chunkSize) => {
    const client = createWorkflowExecution({
      baseUrl: 'http://localhost',
      auth: 'key',
      fetch: async () => responseOf(chunkSize),
    });
    let events = 0;
    for await (const event of client.followExecution({ path: { execution_id: 'run_x' } })) {
      if (event.event !== 'error') events += 1;
    }
    return events;
  },
  'openai-node Stream': async (chunkSize) => {
    let events = 0;
    for await (const _ of Stream.fromSSEResponse(responseOf(chunkSize), new AbortController())) events += 1;
    return events;
  },
};

const rates = new Map<string, number[]>();
for (let round = -2; round < ROUNDS; round++) {
  for (const chunkSize of CHUNK_SIZES) {
    for (const [name, decode] of Object.entries(contestants)) {
      const started = performance.now();
      const events = await decode(chunkSize);
      const seconds = (performance.now() - started) / 1000;
      if (events !== EVENTS) throw new Error(`${name} saw ${events} of ${EVENTS} events`);
      if (round < 0) continue;
      const key = `${name}|${chunkSize}`;
      rates.set(key, [...(rates.get(key) ?? []), events / seconds]);
    }
  }
}

const rateOf = (name: string, chunkSize: number) => median(rates.get(`${name}|${chunkSize}`) ?? []);
const [baseline = '', ours = '', openai = ''] = Object.keys(contestants);
print({
  bench: 'decode',
  method: `${EVENTS} events (${round(bytes.length / 1e6)} MB) per round, ${ROUNDS} interleaved rounds after 2 to warm up, medians.`,
  rows: CHUNK_SIZES.flatMap((chunkSize) =>
    Object.keys(contestants).map((name) => ({
      decoder: name,
      'chunk bytes': chunkSize,
      'events/s': Math.round(rateOf(name, chunkSize)),
      'of the baseline': round(rateOf(name, chunkSize) / rateOf(baseline, chunkSize)),
    })),
  ),
  promises: [
    {
      what: `of eventsource-parser + JSON.parse at ${NETWORK_CHUNK} bytes, at least 0.85`,
      value: rateOf(ours, NETWORK_CHUNK) / rateOf(baseline, NETWORK_CHUNK),
      kept: rateOf(ours, NETWORK_CHUNK) / rateOf(baseline, NETWORK_CHUNK) >= 0.85,
    },
    {
      what: `times openai-node at ${NETWORK_CHUNK} bytes, at least 3`,
      value: rateOf(ours, NETWORK_CHUNK) / rateOf(openai, NETWORK_CHUNK),
      kept: rateOf(ours, NETWORK_CHUNK) / rateOf(openai, NETWORK_CHUNK) >= 3,
    },
  ],
});
