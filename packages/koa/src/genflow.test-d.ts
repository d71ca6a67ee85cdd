// Checked by tsc alone: each expected error fails the type check when it does not occur.
import type {
  ApplyResponse,
  ArticleResponse,
  Message,
  ResponseMetadata,
  StartActionResponse,
} from '@flowwire/contract/genflow';
import type { genflowServer } from '@flowwire/contract/genflow/server';
import { expectTypeOf } from 'vitest';
import type { Handlers } from './index.ts';
import type { User } from './testing/serve.ts';

type GenflowHandlers = Handlers<typeof genflowServer, User>;

declare const handlers: GenflowHandlers;
declare const metadata: ResponseMetadata;
declare const applied: ApplyResponse;
declare const article: ArticleResponse;
declare const message: Message;
declare const started: StartActionResponse;

const { applyEdits: _applyEdits, ...withoutApplyEdits } = handlers;
// @ts-expect-error applyEdits is missing
withoutApplyEdits satisfies GenflowHandlers;

({
  ...handlers,
  applyEdits: async ({ path, body, headers }) => {
    expectTypeOf(path.articleId).toEqualTypeOf<string>();
    expectTypeOf(body.onConflict).toEqualTypeOf<'rebase' | 'reject' | undefined>();
    expectTypeOf(headers['X-Request-ID']).toEqualTypeOf<string | undefined>();
    if (body.baseVersion !== undefined) {
      return { status: 409, body: { error: { code: 'EDIT_002', message: 'a' }, metadata } };
    }
    return { status: 200, body: applied };
  },
  undoEdit: async ({ body }) => {
    expectTypeOf(body?.opId).toEqualTypeOf<string | undefined>();
    return { status: 200, body: applied };
  },
  exportArticle: async ({ query }) =>
    query.format === 'html'
      ? { status: 200, contentType: 'text/html', body: '<p>a</p>' }
      : { status: 200, body: 'a' },
}) satisfies GenflowHandlers;

({
  ...handlers,
  // @ts-expect-error there is no such operation
  deleteArticle: handlers.getArticle,
}) satisfies GenflowHandlers;

({
  ...handlers,
  // @ts-expect-error the answer has no metadata
  getArticle: async () => ({ status: 200, body: { data: article.data } }),
}) satisfies GenflowHandlers;

({
  ...handlers,
  // @ts-expect-error the operation never answers 202
  startAction: async () => ({ status: 202, body: started }),
}) satisfies GenflowHandlers;

({
  ...handlers,
  // @ts-expect-error there is no such code
  applyEdits: async () => ({
    status: 409,
    body: { error: { code: 'EDIT_004', message: 'a' }, metadata },
  }),
}) satisfies GenflowHandlers;

({
  ...handlers,
  // @ts-expect-error an article is exported as no such type
  exportArticle: async () => ({ status: 200, contentType: 'application/pdf', body: 'a' }),
}) satisfies GenflowHandlers;

({
  ...handlers,
  // @ts-expect-error the body of undoing may be missing
  undoEdit: async ({ body }) => ({ status: body.opId === '' ? 200 : 200, body: applied }),
}) satisfies GenflowHandlers;

({
  ...handlers,
  // @ts-expect-error there is no such status of progress
  sendMessage: async () => ({
    status: 200,
    body: {
      data: { message, progress: { stage: 'topic', status: 'running', progress: 1 } },
      metadata,
    },
  }),
}) satisfies GenflowHandlers;
