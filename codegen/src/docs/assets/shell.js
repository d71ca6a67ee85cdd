// What the pages of the site do: theme, language, search over all APIs, and the reference itself.
(() => {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  const jsonOf = (id) => JSON.parse(find(id).textContent);
  const site = jsonOf('site');
  /** Path to the first page of the language, with a slash at its end unless it is here. */
  const base = site.root.replace(/index\.html$/, '');

  const remember = (name, value) => {
    try {
      localStorage.setItem(name, value);
    } catch {
      // A browser may forbid storage; then the choice lasts for a page.
    }
  };

  /** The renderer reads the theme from the body. */
  function showTheme() {
    const isDark = root.dataset.theme === 'dark';
    document.body.classList.toggle('dark-mode', isDark);
    document.body.classList.toggle('light-mode', !isDark);
  }

  function startTheme() {
    showTheme();
    find('theme').addEventListener('click', () => {
      root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
      remember('docs-theme', root.dataset.theme);
      showTheme();
    });
  }

  /** The link leads to the same place in the other language: fragments are the same in both. */
  function startLanguage() {
    const link = find('language');
    link.addEventListener('click', () => {
      remember('docs-language', link.hreflang);
      link.hash = location.hash;
    });
  }

  function startReference() {
    if (site.kind === 'index') return;
    const { Scalar } = globalThis;
    Scalar.createApiReference('#reference', {
      content: jsonOf('document'),
      theme: 'none',
      withDefaultFonts: false,
      localization: { locale: site.language },
      // Nothing may leave the site but what a reader sends with the try-it button.
      telemetry: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      showDeveloperTools: 'never',
      hideClientButton: true,
      // The bar has these for all pages.
      hideSearch: true,
      hideDarkModeToggle: true,
      darkMode: root.dataset.theme === 'dark',
      documentDownloadType: 'none',
      // The samples are the document's own (x-codeSamples).
      hiddenClients: true,
      showOperationId: true,
      defaultOpenFirstTag: true,
      defaultOpenAllTags: site.isSmall,
      orderSchemaPropertiesBy: 'preserve',
      orderRequiredPropertiesFirst: false,
      // anchors.ts makes the same fragments.
      generateOperationSlug: ({ operationId, method, path }) => operationId ?? `${method}${path}`,
    });
    showTheme();
  }

  let searchIndex;
  function loadSearch() {
    searchIndex ??= new Promise((resolve) => {
      const script = document.createElement('script');
      script.src = `${site.assets}/search.js`;
      script.onload = () => resolve(globalThis.docsSearch);
      script.onerror = () => resolve([]);
      document.head.append(script);
    });
    return searchIndex;
  }

  const MAX_RESULTS = 40;

  /** How well an entry fits one word; 0 when it does not. */
  function fit(entry, word) {
    const titles = Object.values(entry.title).map((title) => title.toLowerCase());
    if (titles.some((title) => title.startsWith(word))) return 8;
    if (titles.some((title) => title.includes(word))) return 6;
    if (entry.place.toLowerCase().includes(word)) return 5;
    if (` ${entry.words}`.includes(` ${word}`)) return 3;
    if (entry.words.includes(word)) return 1;
    const api = `${entry.api} ${site.names[entry.api]} ${entry.kind}`.toLowerCase();
    return api.includes(word) ? 1 : 0;
  }

  /** The entries that every word fits, the best first. */
  function search(entries, query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    return entries
      .map((entry) => {
        const fits = words.map((word) => fit(entry, word));
        return { entry, score: fits.includes(0) ? 0 : fits.reduce((sum, each) => sum + each, 0) };
      })
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, MAX_RESULTS)
      .map(({ entry }) => entry);
  }

  const element = (name, className, text) =>
    Object.assign(document.createElement(name), { className, textContent: text });

  function resultItem(entry) {
    const link = element('a', 'docs-result', '');
    link.href = base + entry.href;
    link.append(
      element('span', `docs-method docs-${entry.kind.toLowerCase()}`, entry.kind),
      element('strong', 'docs-result-title', entry.title[site.language]),
      element('code', 'docs-result-place', entry.place),
      element('small', 'docs-result-api', site.names[entry.api]),
    );
    const item = element('li', '', '');
    item.append(link);
    return item;
  }

  function startSearch() {
    const [dialog, input, list] = ['search-dialog', 'search-input', 'search-results'].map(find);
    const show = async () => {
      const entries = await loadSearch();
      const found = search(entries, input.value);
      list.replaceChildren(...found.map(resultItem));
      list.dataset.state = input.value.trim() === '' ? 'empty' : found.length === 0 ? 'nothing' : 'found';
      list.firstElementChild?.classList.add('docs-chosen');
    };
    const open = () => {
      if (dialog.open) return;
      dialog.showModal();
      input.select();
      void show();
    };
    const move = (step) => {
      const items = [...list.children];
      const here = items.findIndex((item) => item.classList.contains('docs-chosen'));
      const next = items[Math.min(Math.max(here + step, 0), items.length - 1)];
      items[here]?.classList.remove('docs-chosen');
      next?.classList.add('docs-chosen');
      next?.scrollIntoView({ block: 'nearest' });
    };
    find('search').addEventListener('click', open);
    input.addEventListener('input', show);
    list.addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', ({ target }) => {
      if (target === dialog) dialog.close();
    });
    dialog.addEventListener('keydown', (event) => {
      // A key that ends the writing of a Chinese word is not meant for the list.
      if (event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined) move(step);
      else if (event.key === 'Enter' && event.target === input) list.querySelector('.docs-chosen a')?.click();
      else return;
      event.preventDefault();
    });
    addEventListener('keydown', (event) => {
      const isShortcut = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
      if (!isShortcut) return;
      event.preventDefault();
      open();
    });
  }

  /** A menu closes when something else is clicked. */
  function startMenus() {
    addEventListener('click', ({ target }) => {
      for (const menu of document.querySelectorAll('details.docs-menu[open]'))
        if (!menu.contains(target)) menu.open = false;
    });
  }

  startTheme();
  startLanguage();
  startSearch();
  startMenus();
  startReference();
})();
