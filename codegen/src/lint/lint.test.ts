import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support.ts';
import { UsageError } from '../commands/command.ts';
import { formatFinding } from './finding.ts';
import { lintApi } from './lint.ts';
import { createRedocly } from './redocly.ts';
import { exampleFitsSchema } from './rules/example-fits-schema.ts';

const OPENAPI = `openapi: 3.2.0
info: { title: T, version: 1.0.0, license: { name: MIT, identifier: MIT } }
servers: [{ url: 'https://api.flowwire.test' }]
security: []
paths:
  /events:
    get:
      operationId: follow
      summary: Follow
      responses:
        '200':
          description: Events.
          content:
            text/event-stream:
              itemSchema:
                type: object
                required: [data]
                properties:
                  data:
                    type: string
                    contentMediaType: application/json
                    contentSchema: { $ref: '#/components/schemas/Step' }
        '4XX': { description: No. }
components:
  schemas:
    Step: { type: object, properties: { at: { type: integer } }, example: { at: noon } }
`;

const ASYNCAPI = `asyncapi: 3.1.0
info: { title: T, version: 1.0.0 }
channels:
  events:
    address: /events
    messages:
      other: { payload: { type: string } }
operations: { tell: { action: send, channel: { $ref: '#/channels/events' } } }
`;

/** What is said of an API, as \`file:line severity rule\`. */
async function said(files: Readonly<Record<string, string>>, config?: string): Promise<string[]> {
  const folder = await temporaryFolder({ ...files, ...(config !== undefined && { 'redocly.yaml': config }) });
  const redocly = await createRedocly(config === undefined ? undefined : join(folder, 'redocly.yaml'), []);
  const pair = {
    name: 'api',
    openapi: join(folder, 'openapi.yaml'),
    ...('asyncapi.yaml' in files && { asyncapi: join(folder, 'asyncapi.yaml') }),
  };
  const findings = await lintApi(pair, [exampleFitsSchema], redocly);
  return findings.map((finding) => {
    const [place, severity, rule] = formatFinding(finding).split(' ');
    return `${place?.split('/').at(-1)?.replace(/:\d+$/, '')} ${severity} ${rule}`;
  });
}

const QUIET = 'rules: { struct: error }\n';

test('findings of the generator, of Redocly and of our rules come in reading order', async () => {
  const faulty = OPENAPI.replace('summary: Follow', 'parameters: []').replace("'4XX'", "'2XX'");
  expect(await said({ 'openapi.yaml': faulty }, 'extends: [recommended-strict]\n')).toEqual([
    'openapi.yaml:7 error operation-summary',
    'openapi.yaml:10 error operation-4xx-response',
    'openapi.yaml:26 error example-fits-schema',
  ]);
});

test('a document is checked with the AsyncAPI document that goes with it', async () => {
  const all = await said({ 'openapi.yaml': OPENAPI, 'asyncapi.yaml': ASYNCAPI }, QUIET);
  expect(all).toContain('openapi.yaml:26 error generator');
  expect(all).toContain('asyncapi.yaml:7 error generator');
});

test('what two rules say in the same words is said once', async () => {
  const faulty = OPENAPI.replace('operationId: follow', 'operationid: follow');
  const all = await said({ 'openapi.yaml': faulty }, QUIET);
  expect(all.filter((text) => text.startsWith('openapi.yaml:8 '))).toHaveLength(1);
});

test("redocly.yaml's rules for one API are those of its document", async () => {
  const config = `apis:
  one: { root: openapi.yaml, rules: { operation-summary: off } }
rules: { operation-summary: error }
`;
  const faulty = OPENAPI.replace('      summary: Follow\n', '');
  expect(await said({ 'openapi.yaml': faulty }, config)).toEqual([
    'openapi.yaml:25 error example-fits-schema',
  ]);
  const other = config.replace('openapi.yaml', 'other.yaml');
  expect(await said({ 'openapi.yaml': faulty }, other)).toContain('openapi.yaml:7 error operation-summary');
});

test('.redocly.lint-ignore.yaml goes for our rules too', async () => {
  const ignore = `openapi.yaml: { example-fits-schema: ['#/components/schemas/Step/example/at'] }\n`;
  expect(await said({ 'openapi.yaml': OPENAPI, '.redocly.lint-ignore.yaml': ignore }, QUIET)).toEqual([]);
});

test('a document that cannot be read is told, and nothing else of it', async () => {
  expect(await said({ 'openapi.yaml': 'openapi: [' }, QUIET)).toEqual(['openapi.yaml:1 error generator']);
});

test('a redocly.yaml that cannot be read is told', async () => {
  await expect(createRedocly('/nowhere/redocly.yaml', [])).rejects.toThrow(UsageError);
});
