import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support.ts';

const TSX = import.meta.resolve('tsx');
const CLI = join(import.meta.dirname, '../cli.ts');
const HOUSE = join(import.meta.dirname, '../mock/testing');
const DOCUMENTS = [join(HOUSE, 'openapi.yaml'), join(HOUSE, 'asyncapi.yaml')];

class Run {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;
  out = '';
  err = '';

  constructor(args: readonly string[], cwd = HOUSE) {
    const command = ['--conditions=@flowwire/source', '--import', TSX, CLI, 'mock', ...args];
    this.#child = spawn(process.execPath, command, { cwd });
    this.#closed = once(this.#child, 'close');
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** Where it listens, as soon as it does. */
  async url(): Promise<string> {
    for (;;) {
      const [, url] = /Listening on (\S+)\. /.exec(this.out) ?? [];
      if (url !== undefined) return url;
      const next = await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), this.#closed]);
      if (next[0] === null || typeof next[0] === 'number')
        throw new Error(`it ended: ${this.out}${this.err}`);
    }
  }

  /** Waits for its end; answers the exit code. */
  async ended(signal?: NodeJS.Signals): Promise<unknown> {
    if (signal) this.#child.kill(signal);
    const [code] = await this.#closed;
    return code;
  }
}

test('prints its routes, serves, tells each request, and ends in peace', async () => {
  const run = new Run([...DOCUMENTS, '--port', '0', '--event-interval', '600000']);
  const url = await run.url();
  expect(run.out).toContain('Tea house 1.2.0\n  GET     /teas');
  expect(run.out).toMatch(/ {2}GET {5}\/brews\/\{id\}\/events +followBrew +200 \(stream\) 204\n/);
  expect((await fetch(`${url}/teas?limit=8`)).status).toBe(400);
  const stream = await fetch(`${url}/brews/b1/events`);
  const text = stream.text();
  expect(await run.ended('SIGTERM')).toBe(0);
  expect(await text).toContain('retry:');
  expect(run.out).toMatch(/GET \/teas -> 400 listTeas \(\d+ ms\)\n {2}query \/limit must be <= 5\n/);
  expect(run.err).toBe('');
});

test('says which port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const run = new Run([...DOCUMENTS, '--port', String(port)]);
  expect(await run.ended()).toBe(1);
  expect(run.err).toBe(`Port ${port} of 127.0.0.1 is taken. Choose another one with --port.\n`);
});

test('checks all answers without serving them', async () => {
  const run = new Run([...DOCUMENTS, '--validate-only']);
  expect(await run.ended()).toBe(0);
  expect(run.out).toBe('Tea house: 7 operations, all answers fit\n');
});

const FAULTY = `openapi: 3.1.0
info: { title: Faulty, version: 1.0.0 }
paths:
  /a:
    get:
      operationId: getA
      responses:
        '200':
          description: An example that does not fit, and a schema that nothing fits.
          content:
            application/json: { schema: { type: integer }, example: many }
            application/a+json: { schema: { type: integer, minimum: 3, maximum: 2 } }
`;

test('tells examples and schemas that cannot be right', async () => {
  const folder = await temporaryFolder({ 'faulty.yaml': FAULTY });
  const run = new Run(['faulty.yaml', '--validate-only'], folder);
  expect(await run.ended()).toBe(1);
  expect(run.err).toContain(
    'faulty.yaml:11:60 warning: This example does not fit its schema: / must be integer.',
  );
  expect(run.err).toContain(
    'getA 200 application/a+json: no value was found that fits the schema: / must be',
  );
  expect(run.out).toBe('Faulty: 1 operation, 2 faults\n');
});

test('documents with faults are not served', async () => {
  const folder = await temporaryFolder({
    'broken.yaml': FAULTY.replace('{ type: integer }', "{ $ref: '#/nowhere' }"),
  });
  const run = new Run(['broken.yaml'], folder);
  expect(await run.ended()).toBe(1);
  expect(run.err).toMatch(/^broken\.yaml:11:\d+ Can't resolve \$ref #\/nowhere/);
});

test.each([
  [['--port', 'many'], '--port is a whole number from 0 to 65535.'],
  [['--seed', '-1'], '--seed'],
  [['--event-streams', 'all'], '--event-streams is spec, payload or object.'],
  [['nothing.yaml'], 'nothing.yaml cannot be read'],
])('%j cannot be understood', async (args, said) => {
  const run = new Run([...DOCUMENTS, ...args]);
  expect(await run.ended()).toBe(2);
  expect(run.err).toContain(said);
});

test('explains itself', async () => {
  const run = new Run(['--help']);
  expect(await run.ended()).toBe(0);
  expect(run.out).toContain('flowwire mock DOCUMENT...');
  expect(run.out).toContain('Exit codes');
});
