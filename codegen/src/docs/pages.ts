import type { ApiDocs, ApiView } from './api-docs.ts';
import { Html, html, jsonScript } from './html.ts';
import { overview } from './index-page.ts';
import { LANGUAGES, type Language } from './localize.ts';
import { documentLinks, linkFrom, type Place, pathOf, type Site } from './site.ts';
import { SITE_TEXT } from './site-text.ts';

const icon = (paths: string): Html =>
  new Html(
    `<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`,
  );

const ICONS = {
  search: icon('<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>'),
  theme: icon('<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="currentColor"/>'),
  chevron: icon('<path d="m7 10 5 5 5-5"/>'),
  mark: icon(
    '<circle cx="5" cy="6" r="2.2"/><circle cx="19" cy="12" r="2.2"/><circle cx="5" cy="18" r="2.2"/><path d="M7.2 6H11a3 3 0 0 1 3 3v0a3 3 0 0 0 2.8 3M7.2 18H11a3 3 0 0 0 3-3v0a3 3 0 0 1 2.8-3"/>',
  ),
};

/** The page of the same kind in another API, or the one that this API has. */
function entryOf({ name, views }: ApiDocs, { language, kind }: Place): Place {
  const { http, events } = views[language];
  const wanted = kind === 'events' && events ? 'events' : http ? 'http' : 'events';
  return { language, api: name, kind: wanted };
}

function apiMenu(site: Site, place: Place): Html {
  const { language, api } = place;
  const text = SITE_TEXT[language];
  const current = site.apis.find(({ name }) => name === api);
  const items = site.apis.map((entry) => {
    const href = linkFrom(place, pathOf(entryOf(entry, place)));
    const isCurrent = entry === current && html` aria-current="page"`;
    return html`<li><a class="docs-menu-link" href="${href}"${isCurrent}>${entry.views[language].title}</a></li>`;
  });
  return html`<details class="docs-menu">
<summary class="docs-button docs-menu-open">${current ? current.views[language].title : text.apis}${ICONS.chevron}</summary>
<ul class="docs-menu-list">${items}</ul>
</details>`;
}

function tabs({ api, language, kind }: Place, view: ApiView, place: Place): Html {
  const text = SITE_TEXT[language];
  const tab = (to: 'http' | 'events', label: string): Html => {
    const href = linkFrom(place, pathOf({ language, kind: to, ...(api !== undefined && { api }) }));
    return html`<a class="docs-tab" href="${href}"${kind === to && html` aria-current="page"`}>${label}</a>`;
  };
  return html`<nav class="docs-tabs" aria-label="${text.documentation}">${view.http && tab('http', text.http)}${view.events && tab('events', text.messages)}</nav>`;
}

function header(site: Site, place: Place, view: ApiView | undefined): Html {
  const { language } = place;
  const text = SITE_TEXT[language];
  const [other] = LANGUAGES.filter((candidate) => candidate !== language);
  const home = linkFrom(place, pathOf({ language, kind: 'index' }));
  const languageLink =
    other &&
    html`<a class="docs-button" id="language" lang="${other}" hreflang="${other}" href="${linkFrom(place, pathOf({ ...place, language: other }))}">${SITE_TEXT[other].name}</a>`;
  return html`<header class="docs-bar">
<a class="docs-brand" href="${home}">${ICONS.mark}<span class="docs-wide">${site.title}</span></a>
${apiMenu(site, place)}
${view && tabs(place, view, place)}
<span class="docs-space"></span>
<button class="docs-button docs-search-open" id="search" type="button" aria-label="${text.search}">${ICONS.search}<span class="docs-wide">${text.search}</span><kbd class="docs-wide">Ctrl K</kbd></button>
${languageLink}
<button class="docs-button" id="theme" type="button" aria-label="${text.theme}" title="${text.theme}">${ICONS.theme}</button>
</header>`;
}

function searchDialog(language: Language): Html {
  const text = SITE_TEXT[language];
  return html`<dialog class="docs-search-dialog" id="search-dialog" aria-label="${text.search}">
<form class="docs-search-form" method="dialog" role="search">
${ICONS.search}<input class="docs-search-input" id="search-input" type="search" autocomplete="off" spellcheck="false" placeholder="${text.searchHint}" aria-label="${text.search}" aria-controls="search-results">
<button class="docs-button" aria-label="${text.close}">Esc</button>
</form>
<ol class="docs-results" id="search-results" data-empty="${text.searchEmpty}" data-nothing="${text.searchNothing}"></ol>
</dialog>`;
}

function reference(api: ApiDocs, place: Place): Html {
  const { language, kind } = place;
  const page = kind === 'http' ? api.views[language].http : api.views[language].events;
  return html`<div id="reference"></div>
<noscript><p class="docs-notice">${SITE_TEXT[language].needsScript} ${documentLinks(api, place)}</p></noscript>
${jsonScript('document', page?.shown ?? {})}
<script src="${linkFrom(place, 'assets/scalar.js')}"></script>`;
}

/** With more operations or messages than this, all groups but the first are folded at first. */
const MAX_OPEN = 100;

const sizeOf = ({ http, events }: ApiView): number =>
  Math.max(
    http?.operations.length ?? 0,
    events?.channels.flatMap(({ actions }) => actions.flatMap(({ messages }) => messages)).length ?? 0,
  );

/** Writes a page. */
export function renderPage(site: Site, place: Place): string {
  const { language, api, kind } = place;
  const docs = site.apis.find(({ name }) => name === api);
  const view = docs?.views[language];
  const text = SITE_TEXT[language];
  const title = [view?.title, kind === 'events' ? text.messages : text.documentation, site.title];
  const settings = {
    language,
    kind,
    root: linkFrom(place, pathOf({ language, kind: 'index' })),
    isSmall: view !== undefined && sizeOf(view) <= MAX_OPEN,
  };
  const names = Object.fromEntries(site.apis.map(({ name, views }) => [name, views[language].title]));
  const body = docs ? reference(docs, place) : overview(site, place);
  return html`<!doctype html>
<html lang="${language === 'zh' ? 'zh-Hans' : language}" class="docs-${kind}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title.filter((part) => part !== undefined).join(' · ')}</title>
<meta name="description" content="${view?.about ?? text.intro}">
<link rel="icon" href="${linkFrom(place, 'assets/icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${linkFrom(place, 'assets/site.css')}">
<script src="${linkFrom(place, 'assets/head.js')}"></script>
</head>
<body>
${header(site, place, view)}
${searchDialog(language)}
${jsonScript('site', { ...settings, assets: linkFrom(place, 'assets'), names })}
${body}
<script src="${linkFrom(place, 'assets/shell.js')}"></script>
</body>
</html>
`.text;
}
