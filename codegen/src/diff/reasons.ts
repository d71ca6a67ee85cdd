import { isObject } from '../json.ts';
import { keysOf } from '../load/cursor.ts';
import type { Difference } from './redocly.ts';
import type { Direction } from './uses.ts';

/** Why each of Redocly's rules finds that a change breaks something. */
const REASONS: Readonly<Record<string, string>> = {
  'channel-address-changed': 'Clients connect elsewhere.',
  'channel-removed': 'Clients that use it fail.',
  'enum-values-added': 'Clients meet values that they do not know.',
  'enum-values-removed': 'Requests with these values are refused.',
  'media-type-removed': 'Clients that send or accept it fail.',
  'message-content-type-changed': 'The other side reads the message as something else.',
  'message-removed': 'Nobody sends it, or nobody takes it any more.',
  'operation-action-changed': 'Who sends and who receives has changed.',
  'operation-id-changed': 'Generated clients name their method after it.',
  'operation-removed': 'Requests for it fail.',
  'parameter-became-required': 'Requests without it are refused.',
  'parameter-removed': 'Requests with it mean something else or are refused.',
  'parameter-serialization-changed': 'Requests write it otherwise.',
  'path-removed': 'Requests for it fail.',
  'property-removed': 'Clients that read or send it no longer can.',
  'request-body-became-required': 'Requests without it are refused.',
  'request-body-removed': 'Requests with it mean something else or are refused.',
  'required-properties-added': 'Requests without them are refused.',
  'required-properties-removed': 'Clients count on them.',
  'response-header-removed': 'Clients count on it.',
  'response-removed': 'Clients that act on it no longer do.',
  'schema-combinator-changed': 'Requests fit no longer, or clients meet values that they do not know.',
  'security-requirement-changed': 'Requests with the credentials of before are refused.',
  'security-scheme-changed': 'Clients authenticate otherwise.',
  'server-removed': 'Clients send their requests elsewhere.',
};

const BY_DIRECTION: Readonly<Record<Direction, string>> = {
  request: 'Requests that were accepted are refused.',
  answer: 'Clients meet values that were excluded before.',
};

/** Why a change that a rule of Redocly's has found is a major one. */
export function reasonFor(ruleId: string, sends: (direction: Direction) => boolean): string {
  const known = REASONS[ruleId];
  if (known !== undefined) return known;
  const [request, answer] = [sends('request'), sends('answer')];
  if (request === answer) return 'Requests are refused, or clients meet values that were excluded before.';
  return BY_DIRECTION[request ? 'request' : 'answer'];
}

/** How people call what Redocly calls otherwise. */
const NOUNS: Readonly<Record<string, string>> = {
  MediaType: 'Media type',
  PathItem: 'Path',
  SecurityScheme: 'Security scheme',
};

/** What there is one of, so that the name of its member says nothing more. */
const SINGLE: Readonly<Record<string, string>> = {
  HeadersMap: 'Headers',
  MediaTypesMap: 'Body',
  NamedSecuritySchemes: 'Security schemes',
  OperationReply: 'Reply',
  ParameterList: 'Parameters',
  RequestBody: 'Request body',
  SchemaProperties: 'Properties',
  TagList: 'Tags',
};

const spell = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

/** The name of what was added or removed; in a list it says its name itself. */
function nameOf({ kind, path, base, revision }: Difference): string | undefined {
  const [last = '', list] = keysOf(path).reverse();
  if (!/^\d+$/.test(last) || list === 'responses') return last;
  const value = (kind === 'removed' ? base : revision)?.value;
  return isObject(value) && typeof value.name === 'string' ? value.name : undefined;
}

/** Says a change that no rule has judged. */
export function describe(difference: Difference): string {
  const { kind, typeName, property, path, base, revision } = difference;
  if (kind === 'modified') {
    const [old, now] = [base?.value, revision?.value];
    if (property === 'key') return `Its name changed from ${spell(old)} to ${spell(now)}.`;
    if (old === undefined) return `\`${property}\` was set to ${spell(now)}.`;
    return now === undefined
      ? `\`${property}\` was removed.`
      : `\`${property}\` changed from ${spell(old)} to ${spell(now)}.`;
  }
  const single = SINGLE[typeName];
  if (single !== undefined) return `${single} ${single.endsWith('s') ? 'were' : 'was'} ${kind}.`;
  const isProperty = typeName === 'Schema' && keysOf(path).at(-2) === 'properties';
  const name = nameOf(difference);
  const noun = isProperty ? 'Property' : (NOUNS[typeName] ?? typeName);
  return `${noun}${name === undefined ? '' : ` \`${name}\``} was ${kind}.`;
}
