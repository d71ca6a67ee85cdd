import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS, SPECIFICATION_DOCUMENTS } from '../../test/chat.ts';
import { filesOf, modelOf } from '../../test/support.ts';

const streamsOf = async (documents: Readonly<Record<string, string>>) =>
  (await modelOf(documents)).operations.flatMap(({ replies }) =>
    replies.flatMap(({ stream }) => stream ?? []),
  );

test('an itemSchema without event is read as the data of its events', async () => {
  expect(await streamsOf(CHAT_DOCUMENTS)).toEqual([
    {
      format: {
        item: 'data',
        data: 'json',
        sentinels: ['[DONE]'],
        discriminator: 'event',
        terminal: ['end'],
        known: ['word', 'end'],
      },
      item: 'ChatEvent',
      terminal: [{ value: 'end', schema: 'EndEvent' }],
    },
  ]);
});

test("the specification's own example is told apart by event, each with data of its own", async () => {
  expect(await streamsOf(SPECIFICATION_DOCUMENTS)).toEqual([
    {
      format: {
        item: 'event',
        data: 'json',
        textEvents: ['addString', 'addInt64'],
        sentinels: [],
        discriminator: 'event',
        terminal: ['addJson'],
        known: ['addString', 'addInt64', 'addJson'],
      },
      item: 'FollowEventsEvent',
      terminal: [{ value: 'addJson' }],
    },
  ]);
});

test("the specification's own example becomes a union that event narrows", async () => {
  const files = await filesOf(SPECIFICATION_DOCUMENTS);
  expect(files.get('types.ts')).toContain(`export type FollowEventsEvent =
  | {
      event: 'addString';
      data: string;
      id?: string;
    }
  | {
      event: 'addInt64';
      data: string;
      id?: string;
    }
  | {
      event: 'addJson';
      data: {
        foo: number;
      };
      id?: string;
    };`);
  expect(files.get('client.ts')).toContain(
    "EventStream<FollowEventsEvent, Extract<FollowEventsEvent, { event: 'addJson' }>>",
  );
});
