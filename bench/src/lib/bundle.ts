import { type BuildOptions, build, type Plugin } from 'esbuild';

/**
 * Bundles our own code as it is shipped; other packages stay where they are. Sources that tsx reads call a function at
 * the making of every closure, so that it has a name: that would be measured too.
 */
export const bundle = (options: BuildOptions) =>
  build({
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@flowwire/source'],
    plugins: [externalExceptOurs],
    logLevel: 'error',
    ...options,
  });

const externalExceptOurs: Plugin = {
  name: 'external-except-ours',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@flowwire/') ? undefined : { path, external: true },
    );
  },
};
