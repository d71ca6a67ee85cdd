import { NOT_BUILT_PAGE } from './not-built-page.ts';
import { openStaticFolder, type StaticFile, type StaticFolder } from './static-folder.ts';

/** What is used here of Koa's context: only the composition imports Koa. */
export interface DocumentsContext {
  readonly method: string;
  readonly path: string;
  /** Whether the client has what its conditions ask for already. */
  readonly fresh: boolean;
  status: number;
  body: unknown;
  set(field: string, value: string): void;
  acceptsEncodings(...encodings: string[]): string | false;
  redirect(url: string): void;
}

export interface DocumentsOptions {
  /** Folder of the built site (`npm run docs`). It may come later. */
  readonly site: string;
  /** Folder of the OpenAPI and AsyncAPI documents. */
  readonly specs: string;
}

/**
 * Scripts come from the site only. The renderer writes style elements; try-it may send to any server that
 * a document names.
 */
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  'connect-src *',
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Below this a compressed answer is hardly smaller. */
const MIN_GZIP_BYTES = 1024;

async function answerFile(ctx: DocumentsContext, file: StaticFile): Promise<void> {
  const isSmall = file.body.length < MIN_GZIP_BYTES;
  const isGzip = !isSmall && ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
  ctx.status = 200;
  ctx.set('Content-Type', file.type);
  ctx.set('Vary', 'Accept-Encoding');
  // Kept by browsers, but asked for each time: a rebuilt site is seen at once, an old one costs a 304.
  ctx.set('Cache-Control', 'no-cache');
  ctx.set('ETag', isGzip ? file.etag.replace(/"$/, '-gzip"') : file.etag);
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  if (isGzip) ctx.set('Content-Encoding', 'gzip');
  ctx.body = isGzip ? await file.gzipped() : file.body;
}

/** Answers below `/docs`. False when there is nothing at the path. */
async function answerSite(ctx: DocumentsContext, site: StaticFolder, path: string): Promise<boolean> {
  const isFolder = path === '' || path.endsWith('/');
  const found = await site.find(isFolder ? `${path}index.html` : path);
  if (found.kind === 'folder') {
    ctx.redirect(`${ctx.path}/`);
    return true;
  }
  if (found.kind === 'file') {
    ctx.set('Content-Security-Policy', POLICY);
    await answerFile(ctx, found.file);
    return true;
  }
  const isBuilt = (await site.find('index.html')).kind === 'file';
  if (isBuilt) return false;
  ctx.set('Content-Security-Policy', POLICY);
  ctx.status = 404;
  ctx.set('Content-Type', 'text/html; charset=utf-8');
  ctx.set('Cache-Control', 'no-store');
  ctx.body = NOT_BUILT_PAGE;
  return true;
}

const isDocument = (path: string): boolean => /\.(ya?ml|json)$/.test(path);

/** Answers below `/specs`. False when there is nothing at the path. */
async function answerDocument(ctx: DocumentsContext, specs: StaticFolder, path: string): Promise<boolean> {
  // Editors and viewers on other sites may read them: they hold nothing that is secret.
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
  if (path === '') {
    ctx.status = 200;
    ctx.body = { documents: (await specs.list()).filter(isDocument).map((each) => `/specs/${each}`) };
    return true;
  }
  const found = isDocument(path) ? await specs.find(path) : undefined;
  if (found?.kind !== 'file') return false;
  await answerFile(ctx, found.file);
  return true;
}

/**
 * Serves the built site at `/docs` and the documents at `/specs/<api>/...`, to anybody: neither holds anything
 * secret. Other paths, and what is not there, go to `next`.
 */
export function documentRoutes(
  options: DocumentsOptions,
): (ctx: DocumentsContext, next: () => Promise<unknown>) => Promise<unknown> {
  const site = openStaticFolder(options.site);
  const specs = openStaticFolder(options.specs);
  return async (ctx, next) => {
    const [, area, path] = /^\/(docs|specs)(?:\/(.*))?$/s.exec(ctx.path) ?? [];
    if (area === undefined) return next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('Allow', 'GET, HEAD');
      ctx.status = 405;
      ctx.body = { code: 'method_not_allowed', message: `${ctx.path} answers GET.`, status: 405 };
      return undefined;
    }
    if (path === undefined) {
      // Relative links of the pages need the slash.
      ctx.redirect(`/${area}/`);
      return undefined;
    }
    const isAnswered =
      area === 'docs' ? await answerSite(ctx, site, path) : await answerDocument(ctx, specs, path);
    return isAnswered ? undefined : next();
  };
}
