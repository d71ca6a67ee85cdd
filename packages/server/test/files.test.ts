import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createAstron, createWorkflowExecution } from '@flowwire/client';
import type { WorkflowDefinition } from '@flowwire/contract/workflow-execution';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SAMPLES } from '../src/files/testing/samples.ts';
import { answer, startModelStandIn } from './support/model-stand-in.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { dataFolder, openTestServer, type TestServer } from './support/reference-server.ts';

const clientOf = ({ url: baseUrl }: TestServer, auth: string) =>
  createAstron({ baseUrl, auth, maxRetries: 0 });

let server: TestServer;
let api: ReturnType<typeof clientOf>;
let other: ReturnType<typeof clientOf>;

beforeAll(async () => {
  server = await openTestServer();
  addOtherTenant(server);
  api = clientOf(server, server.key);
  other = clientOf(server, OTHER_KEY);
});
afterAll(() => server.close());

const png = new File([SAMPLES.png ?? ''], 'pixel.png');
const note = (content = 'Invoice 17 is due on Friday.', name = 'note.txt') => new File([content], name);

/** What every error of an upload looks like; `code` 0 never does. */
const refused = (code: number, message: string) => ({
  type: 'http',
  status: 200,
  code,
  body: { code, message },
});

async function upload(file: File, client = api): Promise<string> {
  const { data } = await client.uploadFile({ body: { file } });
  return data?.url ?? '';
}

const download = (url: string, key = server.key) =>
  fetch(url, { headers: { Authorization: `Bearer ${key}` } });

const idOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);

describe('uploads', () => {
  test('an uploaded file is downloaded from the address that was answered', async () => {
    const content = 'Grüße, '.repeat(40_000);
    const url = await upload(note(content, 'Rechnung „17“.txt'));
    expect(url).toMatch(new RegExp(`^${server.url}/workflow/v1/files/file_[0-9a-f]{32}\\.txt$`));
    const response = await download(url);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(Buffer.byteLength(content)),
      'content-disposition': `attachment; filename="Rechnung _17_.txt"; filename*=UTF-8''Rechnung%20%E2%80%9E17%E2%80%9C.txt`,
      etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
      'x-content-type-options': 'nosniff',
    });
    expect(await response.text()).toBe(content);
    expect(await (await api.downloadFile({ path: { file_id: idOf(url) } })).text()).toBe(content);
  });

  test('several files are answered in their order, each with its own name', async () => {
    const files = [note('one', 'a.txt'), png, note('two', 'b.csv')];
    const { data } = await api.uploadFiles({ body: { files } });
    const answers = await Promise.all((data?.urls ?? []).map((url) => download(url)));
    expect(answers.map(({ headers }) => headers.get('content-disposition'))).toEqual(
      ['a.txt', 'pixel.png', 'b.csv'].map((name) => `attachment; filename="${name}"`),
    );
  });

  test.each([
    ['empty.txt', '', 'empty.txt is empty'],
    ['invoice.exe', 'MZ', 'invoice.exe is of a kind that is not allowed'],
    ['x.png', SAMPLES.pdf ?? '', 'x.png cannot be taken: its content is not that of a png file'],
    ['x.txt', Buffer.of(0xff), 'x.txt cannot be taken: its content is no text in UTF-8 or UTF-16'],
  ])('a file that is not allowed is refused, and those with it: %s', async (name, content, reason) => {
    const file = new File([content], name);
    const refusal = refused(1008, `The file is not valid (${reason})`);
    await expect(api.uploadFile({ body: { file } })).rejects.toMatchObject(refusal);
    await expect(api.uploadFiles({ body: { files: [png, file] } })).rejects.toMatchObject(refusal);
  });

  test('a part without a file name is refused', async () => {
    const boundary = 'x';
    const body = `--${boundary}\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc\r\n--${boundary}--\r\n`;
    const response = await fetch(`${server.url}/workflow/v1/upload_file`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${server.key}`,
        'Content-Type': `multipart/form-data; boundary=${boundary}`,
      },
      body,
    });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { code: 1008, message: 'The file is not valid (a file has no name)' },
    ]);
  });

  test('a form with another field breaks the document', async () => {
    const form = new FormData();
    form.set('files', png);
    const headers = { Authorization: `Bearer ${server.key}` };
    const response = await fetch(`${server.url}/workflow/v1/upload_file`, {
      method: 'POST',
      headers,
      body: form,
    });
    expect([response.status, await response.json()]).toMatchObject([200, { code: 460 }]);
  });

  test('a body of more than 525 MB is not read', async () => {
    const asked = request(`${server.url}/workflow/v1/upload_file`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${server.key}`,
        'Content-Type': 'multipart/form-data; boundary=x',
        'Content-Length': 525 * 1024 * 1024 + 1,
      },
    });
    asked.flushHeaders();
    const [response]: unknown[] = await once(asked, 'response');
    if (!(response instanceof IncomingMessage)) throw new Error('no response');
    expect(response.statusCode).toBe(413);
    expect(JSON.parse(await text(response))).toMatchObject({ code: 1008 });
    asked.destroy();
  });

  test('more than 50 MB of anything but video is refused with a code', async () => {
    const file = new File([SAMPLES.pdf ?? '', new Uint8Array(50 * 1024 * 1024)], 'long.pdf');
    await expect(api.uploadFile({ body: { file } })).rejects.toMatchObject(
      refused(1008, 'The file is not valid (long.pdf is larger than 50 MB, the most for pdf)'),
    );
  });

  test('the same key answers the same address, and with another file is refused', async () => {
    const headers = { 'Idempotency-Key': 'upload-1' };
    const first = await api.uploadFile({ headers, body: { file: note('one') } });
    expect((await api.uploadFile({ headers, body: { file: note('one') } })).data).toEqual(first.data);
    await expect(api.uploadFile({ headers, body: { file: note('two') } })).rejects.toMatchObject({
      code: 1010,
    });
  });

  test("beyond the tenant's quota nothing is stored, and the numbers may be upstream's", async () => {
    const small = await openTestServer({ FLOWWIRE_FILE_QUOTA_MB: '1', ASTRON_ERROR_CODES: 'upstream' });
    onTestFinished(small.close);
    const client = clientOf(small, small.key);
    const long = note('x'.repeat(600_000));
    await upload(long, client);
    const message = 'The file could not be stored (all files together may have 1 MB)';
    await expect(upload(long, client)).rejects.toMatchObject(refused(23604, message));
    await expect(upload(note(''), client)).rejects.toMatchObject({ code: 23601 });
  });
});

test('a file that the disk does not take is told with a code, and why in the log', async () => {
  const broken = await openTestServer();
  onTestFinished(broken.close);
  await writeFile(join(broken.dataFolder, 'files'), 'no folder');
  await expect(upload(png, clientOf(broken, broken.key))).rejects.toMatchObject(
    refused(1009, 'The file could not be stored'),
  );
  expect(broken.logged.join('')).toContain('files could not be stored');
});

describe('downloads', () => {
  test('a file is there for its own tenant alone', async () => {
    const url = await upload(png);
    const path = { file_id: idOf(url) };
    const missing = { status: 404, code: 1008, body: { message: `There is no such file (${path.file_id})` } };
    await expect(other.downloadFile({ path })).rejects.toMatchObject(missing);
    await expect(api.downloadFile({ path: { file_id: 'file_0.png' } })).rejects.toMatchObject({
      status: 404,
    });
    expect((await download(url, 'fw_no-such-key')).status).toBe(401);
    expect((await fetch(url)).status).toBe(401);
  });

  test('ids lead nowhere else', async () => {
    for (const id of [
      '..%2F..%2Fflowwire.sqlite',
      '..',
      '.',
      'a%00b',
      'x'.repeat(129),
      '%2e%2e%2fsecret.key',
    ]) {
      const response = await download(`${server.url}/workflow/v1/files/${id}`);
      expect([400, 404], id).toContain(response.status);
    }
  });

  test('files that are too old are gone when the server has started', async () => {
    const folder = await dataFolder();
    onTestFinished(folder.remove);
    const environment = { FLOWWIRE_DATA_DIR: folder.path, FLOWWIRE_RETAIN_FILES_DAYS: '2' };
    const before = await openTestServer(environment);
    const [old, recent] = [
      await upload(note(), clientOf(before, before.key)),
      await upload(png, clientOf(before, before.key)),
    ];
    await before.close();
    const database = new Database(join(folder.path, 'flowwire.sqlite'));
    const threeDaysAgo = Date.now() - 3 * 86_400_000;
    database.prepare('UPDATE files SET created_at = ? WHERE id = ?').run(threeDaysAgo, idOf(old));
    database.close();

    const after = await openTestServer(environment);
    onTestFinished(after.close);
    const statusOf = async (url: string) =>
      (await download(`${after.url}/workflow/v1/files/${idOf(url)}`)).status;
    await expect.poll(() => statusOf(old)).toBe(404);
    expect(await statusOf(recent)).toBe(200);
  });
});

/** A workflow that begins with a URL and hands it to one node. */
const withUrl = (node: object, output: string): WorkflowDefinition => ({
  name: 'with-url',
  nodes: [
    { id: 'start', type: 'start' },
    // Sound: the server validates it, and the test needs its answer.
    node as WorkflowDefinition['nodes'][number],
    { id: 'end', type: 'end', outputs: { output } },
  ],
  edges: [
    { from: 'start', to: 'it' },
    { from: 'it', to: 'end' },
  ],
});

async function run(on: TestServer, definition: WorkflowDefinition, url: string, auth = on.key) {
  const workflows = createWorkflowExecution({ baseUrl: on.url, auth, maxRetries: 0 });
  const { id } = await workflows.createWorkflow({ body: definition });
  return workflows.executeWorkflow({ path: { id }, body: { inputs: { url } } });
}

describe('files in runs', () => {
  const fetching = withUrl(
    { id: 'it', type: 'http', method: 'GET', url: '{{ start.url }}' },
    '{{ it.body }}',
  );

  test('an http node reads an uploaded file, though the address is a private one', async () => {
    const url = await upload(note('Due on Friday.'));
    const { data } = await run(server, fetching, url);
    expect(data).toMatchObject({ status: 'succeeded', outputs: { output: 'Due on Friday.' } });
  });

  test('but not the files of another tenant, and nothing else of this server', async () => {
    const url = await upload(note('Due on Friday.'));
    const failed = await run(server, fetching, url, OTHER_KEY).catch((error: unknown) => error);
    expect(JSON.stringify(failed)).toContain('404');
    expect(JSON.stringify(failed)).not.toContain('Friday');
    const refusal = await run(server, fetching, `${server.url}/healthz`).catch((error: unknown) => error);
    expect(JSON.stringify(refusal)).toContain('address_refused');
  });

  test('a model is shown an uploaded picture', async () => {
    const standIn = await startModelStandIn([answer('One pixel.')]);
    onTestFinished(standIn.close);
    const seeing = await openTestServer({ OPENAI_BASE_URL: standIn.baseUrl, OPENAI_MODEL: 'eyes' });
    onTestFinished(seeing.close);
    const url = await upload(png, clientOf(seeing, seeing.key));
    const message = { role: 'user', content: 'What is this?', images: '{{ start.url }}' };
    const asking = withUrl({ id: 'it', type: 'llm', messages: [message] }, '{{ it.text }}');
    const { data } = await run(seeing, asking, url);
    expect(data).toMatchObject({ outputs: { output: 'One pixel.' } });
    const base64 = Buffer.from(SAMPLES.png ?? []).toString('base64');
    expect(standIn.requests[0]?.body).toMatchObject({
      messages: [
        {
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${base64}` } },
          ],
        },
      ],
    });
  });
});
