import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createWorkflowExecution } from '@flowwire/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestServer, type TestServer } from './support/reference-server.ts';

// The clients that the API's source documentation shows, with their own path, headers, body and way of reading.

let server: TestServer;
let workflowId: string;

beforeAll(async () => {
  server = await openTestServer();
  const api = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
  const created = await api.createWorkflow({
    body: {
      name: 'takes anything',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'answer', type: 'answer', template: 'Seen.' },
      ],
      edges: [{ from: 'start', to: 'answer' }],
    },
  });
  workflowId = created.id;
});

afterAll(() => server.close());

describe('the documented clients', () => {
  test('the fetch reader sees every event and ends at [DONE]', async () => {
    const told: unknown[] = [];
    const unparsed: string[] = [];
    const response = await fetch(`${server.url}/api/workflow/${workflowId}/execute/stream`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${server.key}`,
        'Content-Type': 'application/json',
        Accept: 'text/event-stream',
      },
      body: JSON.stringify({ inputs: { key: 'value' } }),
    });

    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    const read = async () => {
      while (reader) {
        const { done, value } = await reader.read();
        if (done) return 'end of the connection';
        for (const line of decoder.decode(value).split('\n')) {
          if (!line.startsWith('data: ')) continue;
          const data = line.substring(6).trim();
          if (data === '[DONE]') return 'done';
          try {
            told.push(JSON.parse(data).event);
          } catch {
            unparsed.push(data);
          }
        }
      }
      return 'no body';
    };

    expect(await read()).toBe('done');
    expect(unparsed).toEqual([]);
    expect(told.at(0)).toBe('workflow_started');
    expect(told.at(-1)).toBe('workflow_finished');
  });

  test('curl prints the stream', async () => {
    const { stdout } = await promisify(execFile)('curl', [
      '--silent',
      '-X',
      'POST',
      '-H',
      `Authorization: Bearer ${server.key}`,
      '-H',
      'Content-Type: application/json',
      '-H',
      'Accept: text/event-stream',
      '-d',
      '{"inputs": {"query": "test"}}',
      `${server.url}/api/workflow/${workflowId}/execute/stream`,
    ]);
    expect(stdout).toMatch(/^id: 1\ndata: \{"event":"workflow_started"/);
    expect(stdout.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('executeWorkflowStream calls back for each event and resolves at the end', async () => {
    const workflowAPI = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
    const told: string[] = [];
    let outputs: unknown;
    await workflowAPI.executeWorkflowStream(
      workflowId,
      { input1: 'value1', input2: 'value2' },
      (data) => {
        told.push(data.event);
        switch (data.event) {
          case 'workflow_finished':
            outputs = data.data.outputs;
            break;
          case 'error':
            throw new Error(data.data.message);
        }
      },
      (error) => {
        throw error;
      },
    );
    expect(told.at(0)).toBe('workflow_started');
    expect(outputs).toEqual({ answer: 'Seen.' });
  });

  test('executeWorkflowStream tells failures to its error callback', async () => {
    const workflowAPI = createWorkflowExecution({ baseUrl: server.url, auth: 'fw_wrong', maxRetries: 0 });
    const errors: unknown[] = [];
    await workflowAPI.executeWorkflowStream(
      workflowId,
      {},
      () => undefined,
      (error) => errors.push(error),
    );
    expect(errors).toEqual([expect.objectContaining({ status: 401, code: 'unauthorized' })]);
  });
});
