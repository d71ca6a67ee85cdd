import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { unique, upTo } from './fixtures.ts';

export function conversationStoreLaws(open: OpenLawStore) {
  let store: LawStore;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const user = (content: string) => ({ role: 'user', content }) as const;
  const assistant = (content: string) => ({ role: 'assistant', content }) as const;

  test('a conversation that nobody began is empty', async () => {
    const nothing = { variables: {}, history: [] };
    expect(await store.conversations.load('tenant', unique('c'), 10)).toEqual(nothing);
  });

  test('variables are set, and the others stay', async () => {
    const id = unique('c');
    const odd = JSON.parse('{"__proto__": {"a": 1}, "none": null, "text": "it\'s \\u0000 ✓"}');
    await store.conversations.setVariables('tenant', id, { count: 1, list: [1, { deep: null }] }, 1);
    await store.conversations.setVariables('tenant', id, { count: 2, ...odd }, 2);
    await store.conversations.setVariables('tenant', id, { count: 2 }, 3);
    const { variables } = await store.conversations.load('tenant', id, 0);
    expect(JSON.parse(JSON.stringify(variables))).toEqual({ list: [1, { deep: null }], ...odd, count: 2 });
    expect(Object.hasOwn(variables, '__proto__')).toBe(Object.hasOwn({ ...odd }, '__proto__'));
  });

  test('two processes that set different variables at the same time both succeed', async () => {
    const other = await open();
    const id = unique('c');
    await Promise.all(
      upTo(20).map((n) =>
        (n % 2 ? store : other.store).conversations.setVariables('tenant', id, { [`v${n}`]: n, last: n }, n),
      ),
    );
    const { variables } = await store.conversations.load('tenant', id, 0);
    expect(Object.keys(variables)).toHaveLength(21);
    await other.store.close();
  });

  test('the newest turns are answered, oldest first', async () => {
    const id = unique('c');
    await store.conversations.addTurns('tenant', id, 'run_1', [user('one\u0000'), assistant('two')], 1);
    await store.conversations.addTurns('tenant', id, 'run_2', [user('three'), assistant('four')], 2);
    const all = [user('one\u0000'), assistant('two'), user('three'), assistant('four')];
    const history = async (turns: number) => (await store.conversations.load('tenant', id, turns)).history;
    expect(await history(10)).toEqual(all);
    expect(await history(3)).toEqual(all.slice(1));
    expect(await history(0)).toEqual([]);
  });

  test('what a run said is added once, also when it is told again otherwise', async () => {
    const id = unique('c');
    await store.conversations.addTurns('tenant', id, 'run_1', [user('one')], 1);
    await store.conversations.addTurns('tenant', id, 'run_1', [user('other'), assistant('two')], 2);
    expect((await store.conversations.load('tenant', id, 10)).history).toEqual([user('one')]);
  });

  test('tenants that name their conversations alike share nothing', async () => {
    const [id, stranger] = [unique('c'), unique('tenant')];
    await store.conversations.setVariables('tenant', id, { a: 1 }, 1);
    await store.conversations.addTurns('tenant', id, 'run_1', [user('one')], 1);
    expect(await store.conversations.load(stranger, id, 10)).toEqual({ variables: {}, history: [] });
  });
}
