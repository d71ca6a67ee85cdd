import { expect, test } from 'vitest';
import { type Case, judgeAll } from './testing/batch.ts';
import { asyncapi } from './testing/documents.ts';
import { remove, set } from './testing/patch.ts';

const SCHEMAS = '/components/schemas';
const SOCKET = '/channels/socket';

const CASES: Readonly<Record<string, Case>> = {
  'nothing has changed': { patches: [], expected: [] },
  'a message is new': {
    patches: [
      set(`${SOCKET}/messages/more`, { $ref: '#/components/messages/more' }),
      set('/operations/tell/messages/1', { $ref: '#/channels/socket/messages/more' }),
      set('/components/messages/more', { name: 'more', payload: {} }),
    ],
    expected: ['minor added operation tell message more'],
  },
  'a message is no longer sent': {
    patches: [remove('/operations/tell/messages/0')],
    expected: ['major message-removed operation tell message said'],
  },
  'a message is no longer taken': {
    patches: [remove('/operations/receive/messages/1')],
    expected: ['major message-removed operation receive message say'],
  },
  'a reply is gone': {
    patches: [remove('/operations/receive/reply')],
    expected: ['major reply-removed operation receive reply'],
  },
  'what a client sends has one value more': {
    patches: [set(`${SCHEMAS}/Hello/properties/how/enum/2`, 'c')],
    expected: ['minor schema-changed Hello.how'],
  },
  'what a client sends has one value less': {
    patches: [remove(`${SCHEMAS}/Hello/properties/how/enum/1`)],
    expected: ['major enum-values-removed Hello.how'],
  },
  'what a client sends needs a field': {
    patches: [set(`${SCHEMAS}/Hello/required/1`, 'token')],
    expected: ['major required-properties-added Hello'],
  },
  'what a client sends may have a field': {
    patches: [set(`${SCHEMAS}/Hello/properties/name`, {})],
    expected: ['minor added Hello.name'],
  },
  'what a client sends has one alternative less': {
    patches: [remove(`${SCHEMAS}/Say/oneOf/1`)],
    expected: ['major schema-combinator-changed Say'],
  },
  'what a client sends has one alternative more': {
    patches: [set(`${SCHEMAS}/Say/oneOf/2`, { type: 'null' })],
    expected: ['minor schema-combinator-changed Say'],
  },
  'what the server sends has one value more': {
    patches: [set(`${SCHEMAS}/Welcome/properties/mood/enum/1`, 'bad')],
    expected: ['major enum-values-added Welcome.mood'],
  },
  'what the server sends has one alternative more': {
    patches: [set(`${SCHEMAS}/Said/properties/how/oneOf/2`, { type: 'null' })],
    expected: ['major schema-combinator-changed Said.how'],
  },
  'what the server sends has one alternative less': {
    patches: [remove(`${SCHEMAS}/Said/properties/how/oneOf/1`)],
    expected: ['minor schema-combinator-changed Said.how'],
  },
  'what the server sends has lost a field': {
    patches: [remove(`${SCHEMAS}/Said/required/0`), remove(`${SCHEMAS}/Said/properties/text`)],
    expected: ['major required-properties-removed Said', 'major property-removed Said.text'],
  },
  'a session begins by another message': {
    patches: [set(`${SOCKET}/x-socket-session/auth`, 'say')],
    expected: ['major socket-session-changed channel socket'],
  },
  'a close code is gone': {
    patches: [remove(`${SOCKET}/x-close-codes/0`)],
    expected: ['major close-codes-changed channel socket'],
  },
  'a close code is new': {
    patches: [set(`${SOCKET}/x-close-codes/1`, { code: 4401, retry: false })],
    expected: ['minor close-codes-changed channel socket'],
  },
  'a close code tells to try again': {
    patches: [set(`${SOCKET}/x-close-codes/0/retry`, true)],
    expected: ['major close-codes-changed channel socket'],
  },
  'a close code has another reason': {
    patches: [set(`${SOCKET}/x-close-codes/0/reason`, 'Why?')],
    expected: ['patch close-codes-changed channel socket'],
  },
  'a channel has another address': {
    patches: [set(`${SOCKET}/address`, '/other/{room}')],
    expected: ['major channel-address-changed channel socket'],
  },
  'an operation has another channel': {
    patches: [
      set('/channels/other', { address: '/other', messages: {} }),
      set(`/operations/tell/channel/$ref`, '#/channels/other'),
    ],
    expected: ['major operation-channel-changed operation tell', 'minor added channel other'],
  },
  'the other side sends': {
    patches: [set('/operations/tell/action', 'receive')],
    expected: ['major operation-action-changed operation tell'],
  },
  'a connection is opened by another method': {
    patches: [set(`${SOCKET}/bindings/ws/method`, 'POST')],
    expected: ['major socket-method-changed channel socket bindings ws'],
  },
  'to open a connection takes a query': {
    patches: [
      set(`${SOCKET}/bindings/ws/query`, { type: 'object', required: ['key'], properties: { key: {} } }),
    ],
    expected: ['major socket-opening-changed channel socket bindings ws query'],
  },
  'a parameter of the address has one value less': {
    patches: [remove(`${SOCKET}/parameters/room/enum/1`)],
    expected: ['major channel-parameter-changed channel socket parameter room'],
  },
  'a parameter of the address has one value more': {
    patches: [set(`${SOCKET}/parameters/room/enum/2`, 'c')],
    expected: ['minor channel-parameter-changed channel socket parameter room'],
  },
  'an operation needs credentials': {
    patches: [set('/operations/tell/security', [{ type: 'http', scheme: 'bearer' }])],
    expected: ['major security-requirement-changed operation tell'],
  },
};

const found = await judgeAll(asyncapi(), CASES);

test.each(Object.entries(CASES))('%s', (name, { expected }) => {
  expect(found.get(name)).toEqual(expected);
});
