import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBundled } from '../bundle/read.ts';
import { stepOf } from './change.ts';
import { compareDocuments } from './judge.ts';
import { asyncapi, bundled, openapi } from './testing/documents.ts';
import { type Patch, patched, set } from './testing/patch.ts';

// Each comparison starts Redocly, so there are few of them and each may take its time.
const TIMEOUT_MS = 60_000;

const SPECS = join(import.meta.dirname, '../../../specs');
const SCHEMAS = '/components/schemas';

const changesOf = (document: ReturnType<typeof openapi>, ...patches: readonly Patch[]) =>
  compareDocuments(bundled(document), bundled(patched(document, ...patches)));

test.each([
  'workflow-execution/openapi.yaml',
  'workflow-execution/asyncapi.yaml',
  'astron/openapi.yaml',
  'genflow/asyncapi.yaml',
])('%s does not differ from itself', { timeout: TIMEOUT_MS }, async (file) => {
  const { document } = await readBundled(join(SPECS, file));
  expect(await compareDocuments(document, document)).toEqual([]);
});

const anySchema = fc.constantFrom<unknown>(
  { type: 'string' },
  { type: ['integer', 'null'], minimum: 1 },
  { type: 'array', items: { $ref: '#/components/schemas/Round' } },
  { oneOf: [{ $ref: '#/components/schemas/Round' }, { $ref: '#/components/schemas/Square' }] },
  { $ref: '#/components/schemas/Run' },
  true,
);
const anyFields = fc.uniqueArray(fc.record({ name: fc.stringMatching(/^[a-z]{5,9}$/), schema: anySchema }), {
  minLength: 1,
  maxLength: 20,
  selector: ({ name }) => name,
});

test('new fields never break an answer, new required ones always break a request', {
  timeout: TIMEOUT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(anyFields, async (fields) => {
      fc.pre(fields.every(({ name }) => name !== 'input'));
      const properties = (schema: string): Patch[] =>
        fields.map((field) => set(`${SCHEMAS}/${schema}/properties/${field.name}`, field.schema));
      const added = await changesOf(openapi(), ...properties('Fault'));
      expect(added.map(({ severity }) => severity)).toEqual(fields.map(() => 'minor'));
      const required = set(`${SCHEMAS}/Start/required`, ['input', ...fields.map(({ name }) => name)]);
      const [first] = await changesOf(openapi(), ...properties('Start'), required);
      expect(first?.severity).toBe('major');
      for (const { name } of fields) expect(first?.what).toContain(`\`${name}\``);
    }),
    { numRuns: 2 },
  );
});

test.each<[string, Patch, string]>([
  ['security that all operations take over', set('/security', [{ key: ['ADMIN'] }]), 'major'],
  ['the address of a server', set('/servers/0/url', 'https://example.org'), 'major'],
  ['the version', set('/info/version', '2.0.0'), 'none'],
])('%s is judged for the whole document', { timeout: TIMEOUT_MS }, async (_, patch, step) => {
  expect(stepOf(await changesOf(openapi(), patch)) ?? 'none').toBe(step);
});

test('the kind of a security scheme is judged in AsyncAPI too', { timeout: TIMEOUT_MS }, async () => {
  const schemes = { key: { type: 'http', scheme: 'bearer' } };
  const document = patched(asyncapi(), set('/components/securitySchemes', schemes));
  const changes = await changesOf(document, set('/components/securitySchemes/key/scheme', 'basic'));
  expect(changes.map(({ rule }) => rule)).toEqual(['security-scheme-changed']);
});

test('each change tells which operations it reaches, and why it breaks them', {
  timeout: TIMEOUT_MS,
}, async () => {
  const [change] = await changesOf(
    openapi(),
    set(`${SCHEMAS}/Run/properties/shape/oneOf/2`, { type: 'null' }),
  );
  expect(change).toEqual({
    severity: 'major',
    rule: 'schema-combinator-changed',
    place: 'Run.shape',
    pointer: '/components/schemas/Run/properties/shape/oneOf/2',
    uses: ['answer of getRun', 'answer of startRun', 'request of copyRun'],
    what: '`oneOf` subschema of `shape` was added.',
    why: 'Requests fit no longer, or clients meet values that they do not know.',
  });
});
