import { relative, resolve } from 'node:path';
import {
  BaseResolver,
  type Config,
  createConfig,
  findConfig,
  getLineColLocation,
  lint,
  loadConfig,
  loadIgnoreConfig,
  type NormalizedProblem,
} from '@redocly/openapi-core';
import { OfflineResolver } from '../bundle/offline.ts';
import { MEDIA_TYPES } from '../bundle/redocly-plugin.ts';
import { UsageError } from '../commands/command.ts';
import type { Cursor } from '../load/cursor.ts';
import type { Finding } from './finding.ts';

/** Left to `example-fits-schema`, which checks more and would say the same twice. */
const OWN = ['no-invalid-media-type-examples', 'no-invalid-parameter-examples', 'no-invalid-schema-examples'];

/** Checks documents by Redocly's rules. */
export interface Redocly {
  lint(path: string): Promise<Finding[]>;
  /** Whether .redocly.lint-ignore.yaml says that a rule does not matter at a place. */
  isIgnored(rule: string, place: Pick<Cursor, 'document' | 'pointer'>): boolean;
}

function toFinding({ message, location, severity, ruleId, suggest, ignored }: NormalizedProblem): Finding[] {
  const [place] = location;
  if (!place || ignored) return [];
  const { source, start } = getLineColLocation(place);
  const advice = suggest.length > 0 ? ` Did you mean ${suggest.join(' or ')}?` : '';
  return [
    {
      file: relative(process.cwd(), source.absoluteRef),
      line: start.line,
      column: start.col,
      rule: ruleId,
      severity: severity === 'warn' ? 'warning' : 'error',
      message: message.replaceAll('\n', ' ').trim() + advice,
    },
  ];
}

/** The settings of the API in redocly.yaml whose root the document is, or those for all. */
function settingsFor(path: string, config: Config): Config {
  const { configPath, resolvedConfig } = config;
  if (configPath === undefined) return config;
  const apis = Object.entries(resolvedConfig.apis ?? {});
  const found = apis.find(([, { root }]) => resolve(configPath, '..', root) === resolve(path));
  return config.forAlias(found?.[0]);
}

async function readConfig(path: string | undefined): Promise<Config> {
  const plugins = [MEDIA_TYPES];
  try {
    if (path !== undefined) return await loadConfig({ configPath: resolve(path), plugins });
    const ignore = await loadIgnoreConfig(undefined, new BaseResolver());
    return await createConfig({ extends: ['recommended-strict'] }, { ignore, plugins });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${path ?? 'The rules'} cannot be read: ${reason}`);
  }
}

/**
 * Reads the rules: those of a redocly.yaml, or `recommended-strict` where there is none.
 *
 * @param configPath a redocly.yaml; the one of the working directory when absent.
 * @throws UsageError when it cannot be read.
 */
export async function createRedocly(
  configPath: string | undefined,
  skipped: readonly string[],
): Promise<Redocly> {
  const config = await readConfig(configPath ?? findConfig());
  return {
    isIgnored: (rule, { document, pointer }) =>
      config.ignore[document.source.absoluteRef]?.[rule]?.has(`#${pointer || '/'}`) === true,
    async lint(document) {
      const settings = settingsFor(document, config);
      settings.skipRules([...OWN, ...skipped]);
      const externalRefResolver = new OfflineResolver(settings.resolve);
      return (await lint({ ref: resolve(document), config: settings, externalRefResolver })).flatMap(
        toFinding,
      );
    },
  };
}
