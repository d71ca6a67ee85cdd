// Runs in the head, before anything is drawn: a page must not flash in the other theme or language.
(() => {
  const root = document.documentElement;
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      // A browser may forbid storage; then the choice lasts for a page.
      return null;
    }
  };
  const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  root.dataset.theme = stored('docs-theme') ?? preferred;
  // Only the first page: whoever follows a link to another one means that one.
  if (root.classList.contains('docs-index') && root.lang === 'en' && stored('docs-language') === 'zh')
    location.replace('zh/index.html');
  // The renderer's validator (zod) would try whether code may be made of text, which the server's policy
  // forbids and the browser then reports.
  globalThis.__zod_globalConfig = { jitless: true };
})();
