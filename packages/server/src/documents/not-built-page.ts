/** What `/docs` answers while the site is not built. It says how to build it, and where the documents are. */
export const NOT_BUILT_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The documentation is not built yet</title>
<style>
  :root { color-scheme: light dark; }
  body { max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; font: 17px/1.6 system-ui, sans-serif; }
  code { padding: .15em .4em; border-radius: .3em; background: color-mix(in srgb, currentColor 10%, transparent); }
  h1 { font-size: 1.5rem; }
</style>
<h1>The documentation is not built yet</h1>
<p>Run <code>npm run docs</code> in the project and load this page again. It takes a few seconds; the server need not be
restarted.</p>
<p>The documents themselves are at <a href="/specs/">/specs/</a>.</p>
<p lang="zh-Hans">文档尚未生成。请在项目中运行 <code>npm run docs</code>，然后刷新本页。原始文档见 <a href="/specs/">/specs/</a>。</p>
</html>
`;
