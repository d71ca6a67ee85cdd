// The floor of the stream benchmark: node:http that writes ready-made frames to every connection.
import { createServer, type ServerResponse } from 'node:http';
import { setImmediate as nextTick } from 'node:timers/promises';
import { serve } from '../lib/serve.ts';

const connections = new Set<ServerResponse>();
const server = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform' });
  response.flushHeaders();
  connections.add(response);
  request.once('close', () => connections.delete(response));
});

await serve(server, {}, async ({ events, perTick }) => {
  for (let seq = 1; seq <= Number(events); ) {
    for (let index = 0; index < Number(perTick) && seq <= Number(events); index++, seq++) {
      const frame = `id: ${seq}\ndata: ${frameData(seq)}\n\n`;
      for (const response of connections) response.write(frame);
    }
    await nextTick();
  }
});

function frameData(seq: number): string {
  return JSON.stringify({
    event: 'text_chunk',
    workflow_run_id: 'run_0197b1c2d3e4f5a6b7c8d9e0f1a2b3c4',
    task_id: 'run_0197b1c2d3e4f5a6b7c8d9e0f1a2b3c4',
    data: { text: `word ${seq} `, from_variable_selector: ['review', 'text'] },
  });
}
