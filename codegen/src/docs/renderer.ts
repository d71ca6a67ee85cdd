import { readFile } from 'node:fs/promises';

/** What the plugin is registered with; it gives each of its routes to a Fastify. */
interface Route {
  readonly url: string;
  handler(request: unknown, reply: Reply): unknown;
}

interface Reply {
  header(name: string, value: string): Reply;
  send(body: string): unknown;
}

type Plugin = (
  fastify: { route(route: Route): void },
  options: { readonly configuration: { readonly url: string } },
  done: () => void,
) => void;

const isPlugin = (value: unknown): value is Plugin => typeof value === 'function';

/**
 * Takes the script out of the package that it comes with. The build of this package writes it to
 * assets/scalar.js, so that whoever installs this one need not install that.
 *
 * It comes from Scalar's Fastify plugin: that carries the script as text, while the package that has it as a
 * file installs 270 others (290 MB). The plugin is handed something that only notes its routes; the one that
 * ends in scalar.js answers the script.
 *
 * @throws Error when the plugin has no such route, as another version than the pinned one might not.
 */
export async function extractRenderer(): Promise<string> {
  const { default: plugin }: { default: unknown } = await import('@scalar/fastify-api-reference');
  const routes: Route[] = [];
  if (isPlugin(plugin))
    plugin({ route: (route) => routes.push(route) }, { configuration: { url: '/' } }, () => undefined);
  let script: string | undefined;
  const reply: Reply = {
    header: () => reply,
    send: (body) => {
      script = body;
    },
  };
  routes.find(({ url }) => url.endsWith('/scalar.js'))?.handler(undefined, reply);
  if (script === undefined)
    throw new Error('@scalar/fastify-api-reference serves no scalar.js. Install the version that is pinned.');
  // Nothing else of the package is in the site, so its map would not be found.
  return script.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

/** Scalar's API reference as one script for browsers, which draws both kinds of document (MIT licence). */
export const readRenderer = (): Promise<string> =>
  // The file is there in the built package, the package that it comes from in the repository.
  readFile(new URL('./assets/scalar.js', import.meta.url), 'utf8').catch(extractRenderer);

/** Goes beside the script, as its licence asks. */
export const RENDERER_LICENSE = `scalar.js is the API reference of Scalar (https://github.com/scalar/scalar).

MIT License

Copyright (c) 2023-present Scalar

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`;
