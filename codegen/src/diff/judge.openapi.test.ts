import { expect, test } from 'vitest';
import { type Case, judgeAll } from './testing/batch.ts';
import { openapi } from './testing/documents.ts';
import { move, remove, set } from './testing/patch.ts';

const SCHEMAS = '/components/schemas';
const MAPPING = `${SCHEMAS}/Run/properties/shape/discriminator/mapping`;
const RUN = '/paths/~1runs~1{id}';
const STREAM = `${RUN}/post/responses/200/content/text~1event-stream`;

const CASES: Readonly<Record<string, Case>> = {
  'the order of a union says nothing': {
    patches: [
      set(`${SCHEMAS}/Event/oneOf`, [
        { $ref: '#/components/schemas/Ended' },
        { $ref: '#/components/schemas/Started' },
      ]),
    ],
    expected: [],
  },
  'a schema may move into a component': {
    patches: [
      move(`${SCHEMAS}/Run/properties/shape`, `${SCHEMAS}/Shape`),
      set(`${SCHEMAS}/Run/properties/shape`, { $ref: '#/components/schemas/Shape' }),
    ],
    expected: [],
  },
  'a reference may be wrapped to be described': {
    patches: [
      set(`${RUN}/get/responses/200/content/application~1json/schema`, {
        allOf: [{ $ref: '#/components/schemas/Run' }],
        description: 'The run.',
      }),
    ],
    expected: ['patch modified GET /runs/{id} answer 200 application/json'],
  },
  'a new event breaks nobody': {
    patches: [
      set(`${SCHEMAS}/Event/oneOf/2`, { $ref: '#/components/schemas/Paused' }),
      set(`${SCHEMAS}/Event/discriminator/mapping/paused`, '#/components/schemas/Paused'),
      set(`${SCHEMAS}/Paused`, { type: 'object', properties: { event: { const: 'paused' } } }),
    ],
    expected: ['minor stream-event-added Event'],
  },
  'an event that is gone': {
    patches: [remove(`${SCHEMAS}/Event/oneOf/0`), remove(`${SCHEMAS}/Event/discriminator/mapping/started`)],
    expected: ['major stream-event-removed Event'],
  },
  'the text that ends a stream is gone': {
    patches: [remove(`${SCHEMAS}/Item/oneOf/1`)],
    expected: ['major stream-event-removed Item'],
  },
  'an event no longer ends its stream': {
    patches: [remove(`${SCHEMAS}/Ended/x-terminal`)],
    expected: ['major stream-end-changed Ended'],
  },
  'a stream becomes one value': {
    patches: [move(`${STREAM}/itemSchema`, `${STREAM}/schema`)],
    expected: [
      'major body-schema-changed POST /runs/{id} answer 200 text/event-stream',
      'minor body-schema-changed POST /runs/{id} answer 200 text/event-stream',
    ],
  },
  'an event has another field': {
    patches: [set(`${SCHEMAS}/Started/properties/at`, { type: 'integer' })],
    expected: ['minor added Started.at'],
  },
  'an event has lost a field': {
    patches: [remove(`${SCHEMAS}/Started/properties/note`)],
    expected: ['major property-removed Started.note'],
  },
  'a union of an answer has one member more': {
    patches: [set(`${SCHEMAS}/Run/properties/shape/oneOf/2`, { type: 'null' })],
    expected: ['major schema-combinator-changed Run.shape'],
  },
  'a union of an answer and a request has one member less': {
    patches: [
      remove(`${SCHEMAS}/Run/properties/shape/oneOf/1`),
      remove(`${SCHEMAS}/Run/properties/shape/discriminator/mapping/square`),
    ],
    expected: ['major schema-combinator-changed Run.shape'],
  },
  'another property tells values apart': {
    patches: [set(`${SCHEMAS}/Run/properties/shape/discriminator/propertyName`, 'form')],
    expected: ['major discriminator-changed Run.shape'],
  },
  'a value of the discriminator is renamed': {
    patches: [move(`${MAPPING}/round`, `${MAPPING}/circle`)],
    expected: ['major discriminator-mapping-changed Run.shape'],
  },
  'a request needs a new field': {
    patches: [set(`${SCHEMAS}/Start/required/1`, 'user'), set(`${SCHEMAS}/Start/properties/user`, {})],
    expected: ['major required-properties-added Start', 'minor added Start.user'],
  },
  'a request may have a new field': {
    patches: [set(`${SCHEMAS}/Start/properties/user`, {})],
    expected: ['minor added Start.user'],
  },
  'a request takes one value more': {
    patches: [set(`${SCHEMAS}/Start/properties/tag/enum/2`, 'c')],
    expected: ['minor schema-changed Start.tag'],
  },
  'a request takes one value less': {
    patches: [remove(`${SCHEMAS}/Start/properties/tag/enum/1`)],
    expected: ['major enum-values-removed Start.tag'],
  },
  'a request takes longer text': {
    patches: [set(`${SCHEMAS}/Start/properties/input/maxLength`, 20)],
    expected: ['minor schema-changed Start.input'],
  },
  'a request takes shorter text': {
    patches: [set(`${SCHEMAS}/Start/properties/input/maxLength`, 5)],
    expected: ['major schema-constraint-changed Start.input'],
  },
  'a default of a request is another one': {
    patches: [set(`${SCHEMAS}/Start/properties/mode/default`, 'blocking')],
    expected: ['major default-changed Start.mode'],
  },
  'an answer has a new value': {
    patches: [set(`${SCHEMAS}/Ended/properties/status/enum/2`, 'late')],
    expected: ['major enum-values-added Ended.status'],
  },
  'an answer has lost a field': {
    patches: [remove(`${SCHEMAS}/Fault/required/0`), remove(`${SCHEMAS}/Fault/properties/code`)],
    expected: ['major required-properties-removed Fault', 'major property-removed Fault.code'],
  },
  'an answer has a new field': {
    patches: [set(`${SCHEMAS}/Fault/properties/more`, {})],
    expected: ['minor added Fault.more'],
  },
  'an operation needs another scope': {
    patches: [set(`${RUN}/post/security/0/key/0`, 'ADMIN')],
    expected: ['major security-requirement-changed POST /runs/{id}'],
  },
  'an operation takes over the security of the document': {
    patches: [remove(`${RUN}/post/security`)],
    expected: ['major security-requirement-changed POST /runs/{id}'],
  },
  'an operation says itself what the document says': {
    patches: [set(`${RUN}/get/security`, [{ key: ['READ'] }])],
    expected: [],
  },
  'an operation needs no credentials any more': {
    patches: [set(`${RUN}/post/security`, [])],
    expected: ['minor requirement-loosened POST /runs/{id}'],
  },
  'an operation takes other credentials too': {
    patches: [set(`${RUN}/post/security/1`, { cookie: [] })],
    expected: ['minor requirement-loosened POST /runs/{id}'],
  },
  'a header is no longer required': {
    patches: [remove(`${RUN}/get/responses/200/headers/ETag/required`)],
    expected: ['major response-header-no-longer-required GET /runs/{id} answer 200 header ETag'],
  },
  'an error code is gone': {
    patches: [remove(`${RUN}/get/responses/404/x-error-codes/1`)],
    expected: ['major error-codes-changed GET /runs/{id} answer 404'],
  },
  'an error code is new': {
    patches: [set(`${RUN}/get/responses/404/x-error-codes/2`, 'hidden')],
    expected: ['minor error-codes-changed GET /runs/{id} answer 404'],
  },
  'an alias is gone': {
    patches: [remove(`${RUN}/x-path-aliases`)],
    expected: ['major path-removed /v1/runs/{id}'],
  },
  'an alias is new': {
    patches: [set(`${RUN}/x-path-aliases/1`, '/v2/runs/{id}')],
    expected: ['minor added /v2/runs/{id}'],
  },
  'an alias and its path change places': {
    patches: [set(`${RUN}/x-path-aliases/0`, '/runs/{id}'), move(RUN, '/paths/~1v1~1runs~1{id}')],
    expected: [],
  },
  'a stream is chosen otherwise': {
    patches: [set(`${RUN}/post/x-stream-switch/stream`, 'events')],
    expected: ['major stream-switch-changed POST /runs/{id}'],
  },
  'a stream is no longer chosen': {
    patches: [remove(`${RUN}/post/x-stream-switch`)],
    expected: ['major stream-switch-changed POST /runs/{id}'],
  },
  'an operation of an unusual method is gone': {
    patches: [remove(`${RUN}/additionalOperations/COPY`)],
    expected: ['major operation-removed COPY /runs/{id}'],
  },
  'all operations of unusual methods are gone': {
    patches: [remove(`${RUN}/additionalOperations`)],
    expected: ['major operation-removed /runs/{id}'],
  },
  'an operation is new': {
    patches: [set(`${RUN}/delete`, { operationId: 'deleteRun', responses: {} })],
    expected: ['minor added DELETE /runs/{id}'],
  },
  'a parameter moves to the path': {
    patches: [move(`${RUN}/get/parameters/0`, `${RUN}/parameters/1`)],
    expected: [
      'minor added COPY /runs/{id} parameter view',
      'minor added MOVE /runs/{id} parameter view',
      'minor added POST /runs/{id} parameter view',
    ],
  },
  'a parameter of the path is renamed': {
    patches: [
      set(`${RUN}/parameters/0/name`, 'run'),
      remove(`${RUN}/x-path-aliases`),
      move(RUN, '/paths/~1runs~1{run}'),
    ],
    expected: ['major path-parameter-renamed /runs/{run} parameter run', 'major path-removed /v1/runs/{id}'],
  },
  'a header is spelled otherwise': {
    patches: [set(`${RUN}/additionalOperations/MOVE/parameters/0/name`, 'X-Trace')],
    expected: [],
  },
  'a component goes, and another one like it comes for something else': {
    patches: [
      set(`${RUN}/get/responses/404/content/application~1json/schema`, {
        type: 'object',
        required: ['code'],
        properties: { code: { type: 'string' } },
      }),
      set(`${RUN}/get/responses/409`, {
        description: 'It runs.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Faulty' } } },
      }),
      move(`${SCHEMAS}/Fault`, `${SCHEMAS}/Faulty`),
      set(`${SCHEMAS}/Faulty/properties/code/type`, 'integer'),
    ],
    expected: ['minor added GET /runs/{id} answer 409', 'patch component-changed Faulty'],
  },
  'a required body is new': {
    patches: [set(`${RUN}/additionalOperations/MOVE/requestBody`, { required: true, content: {} })],
    expected: ['major request-body-became-required MOVE /runs/{id} body'],
  },
  'an operation is deprecated': {
    patches: [set(`${RUN}/get/deprecated`, true)],
    expected: ['minor deprecated GET /runs/{id}'],
  },
  'a response is described otherwise': {
    patches: [set(`${RUN}/get/responses/404/description`, 'Not there.')],
    expected: ['patch modified GET /runs/{id} answer 404'],
  },
};

const found = await judgeAll(openapi(), CASES);

test.each(Object.entries(CASES))('%s', (name, { expected }) => {
  expect(found.get(name)).toEqual(expected);
});
