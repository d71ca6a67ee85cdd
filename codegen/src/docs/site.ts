import { posix } from 'node:path';
import type { ApiDocs } from './api-docs.ts';
import { type Html, html } from './html.ts';
import type { Language } from './localize.ts';

/** What all pages of a site have in common. */
export interface Site {
  readonly title: string;
  readonly apis: readonly ApiDocs[];
}

/** One page of a site, in one language. */
export interface Place {
  readonly language: Language;
  /** Absent for the page that lists the APIs. */
  readonly api?: string;
  readonly kind: 'index' | 'http' | 'events';
}

/** Path of a page from the root of the site. Links name files, so that they work without a server too. */
export function pathOf({ language, api, kind }: Place): string {
  const folders = [...(language === 'en' ? [] : [language]), ...(api === undefined ? [] : [api])];
  return [...folders, ...(kind === 'events' ? ['events'] : []), 'index.html'].join('/');
}

/** The relative link from a page to a file of the site. */
export const linkFrom = (place: Place, path: string): string =>
  posix.relative(posix.dirname(pathOf(place)), path);

/** Links to the documents themselves, for readers without scripts and for tools. */
export function documentLinks({ name, documents }: ApiDocs, place: Place): Html {
  const link = (file: string, label: string): Html =>
    html`<a class="docs-raw-link" href="${linkFrom(place, `${name}/${file}`)}">${label}</a>`;
  return html`${documents.openapi && link('openapi.json', 'openapi.json')}${documents.asyncapi && link('asyncapi.json', 'asyncapi.json')}`;
}
