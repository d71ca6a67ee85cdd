import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiView } from '../api-docs.ts';
import { readChat, samplesByLabel } from '../testing/chat.ts';

const run = promisify(execFile);

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

const EVENTS = ['said', 'left'].map((kind, index) => `id: ${index + 1}\r\ndata: {"kind":"${kind}"}\r\n\r\n`);

let view: ApiView;
let server: Server;
let folder: string;
let received: Received[] = [];

beforeAll(async () => {
  view = (await readChat()).views.en;
  folder = await mkdtemp(join(tmpdir(), 'flowwire-samples-'));
  await writeFile(join(folder, 'file'), 'the bytes');
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { authorization, accept, 'content-type': type } = request.headers;
    // The boundary is another one each time.
    const boundary = /boundary=(\S+)/.exec(type ?? '')?.[1] ?? '\0';
    const body = Buffer.concat(chunks).toString().replaceAll(boundary, 'BOUNDARY');
    received.push({
      method: request.method,
      url: request.url,
      authorization,
      accept: accept === '*/*' ? undefined : accept,
      type: type?.replace(boundary, 'BOUNDARY'),
      body,
    });
    const isStream = accept === 'text/event-stream';
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    if (!isStream) return response.end('{"ok":true}');
    // Cut inside of a line and of a line's end.
    for (const piece of `${EVENTS.join('')}data: [DONE]\r\n\r\n`.match(/.{1,11}/gs) ?? [])
      response.write(piece);
    return response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** The sample as it is, but for the server that it names and its key. */
function aimed(source: string | undefined): string {
  // listen() has settled, so there is an address of a port.
  const { port } = server.address() as AddressInfo;
  return (source ?? '').replaceAll('127.0.0.1:4010', `127.0.0.1:${port}`).replace("'your key'", "'secret'");
}

/** Runs a sample; answers what it printed and what the server was sent. */
async function play(label: string, source: string | undefined) {
  received = [];
  const isShell = label.startsWith('curl');
  const path = join(folder, isShell ? 'sample.sh' : 'sample.mjs');
  await writeFile(path, aimed(source));
  const [command, ...flags] = isShell ? ['bash', '-e'] : [process.execPath];
  const { stdout } = await run(command ?? '', [...flags, path], {
    cwd: folder,
    env: { ...process.env, API_KEY: 'secret' },
    timeout: 15_000,
  });
  return { stdout, request: received[0] };
}

const SINGLE = ['listRooms', 'createRoom', 'say', 'downloadFile', 'deleteFile'];

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe.skipIf(!hasCurl)('samples run as they are (skipped where curl is missing)', () => {
  test.each(SINGLE)('curl and JavaScript send the same request for %s', async (operationId) => {
    const samples = samplesByLabel(view, operationId);
    const curl = await play('curl', samples.curl);
    const script = await play('JavaScript', samples.JavaScript);
    expect(curl.request?.authorization).toBe('Bearer secret');
    const { body: curlBody = '', ...curlHead } = curl.request ?? {};
    const { body: scriptBody = '', ...scriptHead } = script.request ?? {};
    expect(scriptHead).toEqual(curlHead);
    const parse = (body: string): unknown => (body === '' ? '' : JSON.parse(body));
    expect(parse(scriptBody)).toEqual(parse(curlBody));
  });

  test('curl and JavaScript send the same parts of a form', async () => {
    const samples = samplesByLabel(view, 'uploadFile');
    const parts = async (label: 'curl' | 'JavaScript') => {
      const { request } = await play(label, samples[label]);
      expect(request?.type).toMatch(/^multipart\/form-data; boundary=/);
      return [...(request?.body ?? '').matchAll(/name="(\w+)".*?\r\n\r\n(.*?)\r\n/gs)].map(
        ([, name, text]) => [name, text],
      );
    };
    const wanted = [
      ['file', 'the bytes'],
      ['title', 'Floor plan'],
    ];
    expect(await parts('curl')).toEqual(wanted);
    expect(await parts('JavaScript')).toEqual(wanted);
  });

  test.each([
    ['followRoom', 'curl', 'JavaScript'],
    ['say', 'curl (stream)', 'JavaScript (stream)'],
  ])('both read the stream of %s to its end', async (operationId, shell, script) => {
    const samples = samplesByLabel(view, operationId);
    const raw = await play(shell, samples[shell]);
    expect(raw.stdout).toBe(`${EVENTS.join('')}data: [DONE]\r\n\r\n`);
    const read = await play(script, samples[script]);
    expect(read.stdout).toBe("{ kind: 'said' }\n{ kind: 'left' }\n");
    expect(read.request?.accept).toBe('text/event-stream');
  });
});
