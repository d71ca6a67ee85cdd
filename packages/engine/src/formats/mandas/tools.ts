import { isObject, member, type Report } from '../foreign.ts';
import type { ImportOptions, MovedSecret } from '../import.ts';
import { createSecrets, isSensitive, type Secrets, splitCredential } from '../secrets.ts';
import { type MandasAgent, type MandasDefinition, quote } from './definition.ts';

const MEMBERS = ['openapi', 'server', 'auth', 'headers'];
/** The members of `auth` that are secret, whatever its type. */
const SECRET_MEMBERS: ReadonlySet<string> = new Set(['token', 'password', 'value']);
/** A text that names a secret, with whatever stands around it, holds none itself. */
const REFERENCE = /\{\{\s{0,32}secret\.[A-Z][A-Z0-9_]{0,63}\s{0,32}\}\}/;

export interface ReadTools {
  /** As the definition of ours has them; empty where there are none. */
  readonly tools: Readonly<Record<string, unknown>>;
  readonly secrets: readonly MovedSecret[];
}

/** The APIs of a definition, with their secrets apart. */
export function readTools(
  { tools, placeOf }: MandasDefinition,
  options: ImportOptions,
  report: Report,
): ReadTools {
  const secrets = createSecrets();
  const entries = Object.entries(tools).map(([name, tool]) => {
    const take = (wanted: string, text: string, ...path: string[]): string => {
      const place = placeOf('tools', name, ...path);
      if (REFERENCE.test(text) || text.trim() === '') return text;
      if (options.secrets === 'refuse') {
        report.problem(
          `${path.join('.')} of the tool ${quote(name)} is a secret; name it as {{ secret.NAME }}`,
          place,
        );
        return text;
      }
      return move(secrets, `${name}_${wanted}`, text, place.line);
    };
    for (const key of isObject(tool) ? Object.keys(tool) : []) {
      if (MEMBERS.includes(key)) continue;
      const message = `${quote(key)} is no member of the tool ${quote(name)}; it can have ${MEMBERS.join(', ')}`;
      report.problem(message, placeOf('tools', name, key));
    }
    return [name, withoutSecrets(tool, take)] as const;
  });
  return { tools: Object.fromEntries(entries), secrets: secrets.moved };
}

type Take = (wanted: string, text: string, ...path: string[]) => string;

function withoutSecrets(tool: unknown, take: Take): unknown {
  if (!isObject(tool)) return tool;
  const [auth, headers] = [member(tool, 'auth'), member(tool, 'headers')];
  return {
    ...tool,
    ...(isObject(auth) && {
      auth: mapTexts(auth, (key, text) => (SECRET_MEMBERS.has(key) ? take(key, text, 'auth', key) : text)),
    }),
    ...(isObject(headers) && {
      headers: mapTexts(headers, (key, text) => (isSensitive(key) ? take(key, text, 'headers', key) : text)),
    }),
  };
}

const mapTexts = (map: object, replace: (key: string, text: string) => string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(map).map(([key, value]) => [key, typeof value === 'string' ? replace(key, value) : value]),
  );

/** Moves the credential of a text, and leaves what stands around it, such as `Bearer`. */
function move(secrets: Secrets, wanted: string, text: string, line: number): string {
  const [before, credential, after] = splitCredential(text, true) ?? ['', text, ''];
  return `${before}{{ secret.${secrets.move(wanted, credential, line)} }}${after}`;
}

/** The tools of an agent: APIs of the definition by their names, or tools as ours are written. */
export function toolsOf(agent: MandasAgent, known: ReadTools['tools'], report: Report): readonly unknown[] {
  return agent.tools.map((tool, index) => {
    const name = typeof tool === 'string' ? tool : member(tool, 'tool');
    if (typeof name === 'string' && !Object.hasOwn(known, name)) {
      const place = agent.placeOf('tools', index);
      report.problem(`there is no tool ${quote(name)} under \`tools\``, place, agent.name);
    }
    return typeof tool === 'string' ? { type: 'http', tool } : tool;
  });
}
