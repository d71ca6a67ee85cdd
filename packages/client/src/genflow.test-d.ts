// Compiled, never run: each `@ts-expect-error` fails the build when the line below it is accepted.
import {
  type ApplyResponse,
  type Article,
  type ErrorBody,
  type GenflowClient,
  genflow,
  type SendMessageResponse,
} from '@flowwire/contract/genflow';
import { expectTypeOf } from 'vitest';
import { isApiError } from './errors.ts';
import { createGenflow } from './genflow.ts';

const client = createGenflow({ baseUrl: 'https://flows.example.com', auth: 'key' });
expectTypeOf(client).toEqualTypeOf<GenflowClient>();

// Operations
const session = { path: { sessionId: 's' } };
const article = { path: { articleId: 'a' } };
const insert = { type: 'insert', position: { start: 0, end: 0 }, content: 'a' } as const;
expectTypeOf(
  client.sendMessage({ ...session, body: { content: 'Hello' } }),
).resolves.toEqualTypeOf<SendMessageResponse>();
expectTypeOf(
  client.applyEdits({ ...article, body: { operations: [insert] } }),
).resolves.toEqualTypeOf<ApplyResponse>();
expectTypeOf(client.undoEdit).toBeCallableWith(article);
expectTypeOf(client.listArticles).toBeCallableWith();
expectTypeOf(
  client.exportArticle({ ...article, query: { format: 'html' } }),
).resolves.toEqualTypeOf<string>();
client.getSession({ ...session, headers: { 'X-Request-ID': 'r', 'X-Client-Version': '1' } });

export async function readsArticle(): Promise<void> {
  const { data } = await client.getArticle(article);
  expectTypeOf(data).toEqualTypeOf<Article>();
  expectTypeOf(data.content).toEqualTypeOf<string>();
  expectTypeOf(data.version).toEqualTypeOf<string>();
  // @ts-expect-error an article has no body
  data.body;
}

// @ts-expect-error there is no such operation
client.sendMessages;
// @ts-expect-error the path has a parameter
client.getSession();
// @ts-expect-error the path's parameter is called otherwise
client.getSession({ path: { session_id: 's' } });
// @ts-expect-error the content is missing
client.sendMessage({ ...session, body: {} });
// @ts-expect-error there is no such stage
client.selectStage({ ...session, body: { stage: 'optimization' } });
// @ts-expect-error there is no such kind of edit
client.applyEdits({ ...article, body: { operations: [{ type: 'append', content: 'a' }] } });
// @ts-expect-error a range has an end
client.applyEdits({ ...article, body: { operations: [{ ...insert, position: { start: 0 } }] } });
// @ts-expect-error there is no such way to settle a conflict
client.applyEdits({ ...article, body: { operations: [insert], onConflict: 'merge' } });
// @ts-expect-error the action is a text
client.startAction({ ...session, body: { action: 1 } });
// @ts-expect-error a title is missing
client.createArticle({ body: { content: 'a' } });
// @ts-expect-error there is no such format
client.exportArticle({ ...article, query: { format: 'pdf' } });
// @ts-expect-error the path has two parameters
client.getAction(session);
// @ts-expect-error no answer here is a stream
client.sendMessage.stream;

// Errors
export function narrowsErrors(error: unknown): void {
  if (isApiError(error, genflow, 'applyEdits', 409)) {
    expectTypeOf(error.body).toEqualTypeOf<ErrorBody>();
    expectTypeOf(error.body.error.details?.currentVersion).toEqualTypeOf<string | undefined>();
    if (error.body.error.code === 'EDIT_002') return;
    // @ts-expect-error there is no such code
    if (error.body.error.code === 'EDIT_009') return;
  }
  // @ts-expect-error listing never conflicts
  isApiError(error, genflow, 'listArticles', 409);
}
