import { operationAnchor } from './anchors.ts';
import type { ApiDocs } from './api-docs.ts';
import { type Html, html } from './html.ts';
import type { Language } from './localize.ts';
import { documentLinks, linkFrom, type Place, pathOf, type Site } from './site.ts';
import { SITE_TEXT } from './site-text.ts';

/** A path that may be broken before each of its parts only. */
const breakable = (path: string): Html[] => path.split(/(?=\/)/).map((part) => html`<wbr>${part}`);

function operationRows(api: ApiDocs, place: Place): Html[] {
  const { language } = place;
  const page = linkFrom(place, pathOf({ language, api: api.name, kind: 'http' }));
  const operations = api.views[language].http?.operations ?? [];
  return operations.map(
    (operation) =>
      html`<li><a class="docs-operation" href="${page}#${operationAnchor(operation)}"><span class="docs-method docs-${operation.method.toLowerCase()}">${operation.method}</span><code class="docs-operation-path">${breakable(operation.path)}</code><span class="docs-operation-summary">${operation.summary}</span></a></li>\n`,
  );
}

function card(api: ApiDocs, place: Place): Html {
  const { language } = place;
  const text = SITE_TEXT[language];
  const { title, version, about, http, events } = api.views[language];
  const link = (kind: 'http' | 'events', label: string, count: number): Html =>
    html`<a class="docs-open" href="${linkFrom(place, pathOf({ language, api: api.name, kind }))}">${label}<span class="docs-count">${count}</span></a>`;
  const messages = new Set(
    events?.channels.flatMap(({ actions }) =>
      actions.flatMap((action) => action.messages.map(({ key }) => key)),
    ),
  );
  return html`<section class="docs-card" id="${api.name}">
<h2 class="docs-card-title">${title} <small class="docs-card-version">${version}</small></h2>
<p class="docs-card-about">${about}</p>
<p class="docs-card-links">${http && link('http', text.http, http.operations.length)}${events && link('events', text.messages, messages.size)}<span class="docs-raw" title="${text.rawDocuments}">${documentLinks(api, place)}</span></p>
${http && html`<details class="docs-card-operations" open><summary class="docs-card-summary">${text.operations}</summary>\n<ul class="docs-operations">${operationRows(api, place)}</ul></details>`}
</section>`;
}

const note = (language: Language): Html | undefined => {
  const { translationNote } = SITE_TEXT[language];
  return translationNote === '' ? undefined : html`<p class="docs-note">${translationNote}</p>`;
};

/** The page that lists the APIs. */
export function overview(site: Site, place: Place): Html {
  const text = SITE_TEXT[place.language];
  return html`<main class="docs-overview">
<h1 class="docs-overview-title">${site.title} <span class="docs-overview-about">${text.documentation}</span></h1>
<p class="docs-intro">${text.intro}</p>
${note(place.language)}
<div class="docs-cards">
${site.apis.map((api) => card(api, place))}
</div>
</main>`;
}
