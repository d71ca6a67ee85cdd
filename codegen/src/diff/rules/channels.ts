import { isObject } from '../../json.ts';
import { canonical, STAND_INS } from '../comparable.ts';
import { pointerOf } from '../facts.ts';
import { isModified, quoted, type Rule } from './rule.ts';

const parse = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : undefined);

const replyRemoved: Rule = {
  id: 'reply-removed',
  judge: ({ kind, typeName }) =>
    kind === 'removed' && typeName === 'OperationReply'
      ? { severity: 'major', what: 'The reply was removed.', why: 'Clients that wait for it wait in vain.' }
      : undefined,
};

const channelChanged: Rule = {
  id: 'operation-channel-changed',
  judge: (difference) =>
    isModified(difference, /^Operation(Reply)?$/, STAND_INS.channel)
      ? {
          severity: 'major',
          what: `The channel is \`${String(difference.revision?.value)}\` instead of \`${String(difference.base?.value)}\`.`,
          why: 'Clients listen and send elsewhere.',
        }
      : undefined,
};

/** Redocly compares the security of OpenAPI only. */
const securityChanged: Rule = {
  id: 'security-requirement-changed',
  judge(difference) {
    if (!isModified(difference, 'Operation', STAND_INS.security)) return undefined;
    const [before, after] = [parse(difference.base?.value), parse(difference.revision?.value)].map((list) =>
      (Array.isArray(list) ? list : []).map(canonical),
    );
    const lost = before?.some((scheme) => !after?.includes(scheme)) || before?.length === 0;
    return after !== undefined && after.length > 0 && lost
      ? {
          severity: 'major',
          what:
            before?.length === 0
              ? 'Authentication became required.'
              : 'A way to authenticate is no longer accepted.',
          why: 'Clients that connect as before are refused.',
        }
      : { severity: 'minor', what: 'There are more ways to authenticate.', why: 'Those before still do.' };
  },
};

const SCHEME_MEMBERS = ['type', 'scheme', 'in', 'name', 'bearerFormat', 'openIdConnectUrl'];

const schemeChanged: Rule = {
  id: 'security-scheme-changed',
  judge: (difference, { kind }) =>
    kind === 'asyncapi' && isModified(difference, 'SecurityScheme', ...SCHEME_MEMBERS)
      ? {
          severity: 'major',
          what: `\`${difference.property}\` changed from ${JSON.stringify(difference.base?.value)} to ${JSON.stringify(difference.revision?.value)}.`,
          why: 'Clients authenticate otherwise.',
        }
      : undefined,
};

const sessionChanged: Rule = {
  id: 'socket-session-changed',
  judge(difference) {
    if (!isModified(difference, 'Channel', 'x-socket-session')) return undefined;
    const added = difference.base?.value === undefined;
    return {
      severity: added ? 'minor' : 'major',
      what: `\`x-socket-session\` was ${added ? 'added' : 'changed'}.`,
      why: added
        ? 'Clients can open and resume sessions now.'
        : 'Clients open, keep alive or resume the connection by other messages.',
    };
  },
};

/** Whether a client may try again, by close code. */
function readCloseCodes(value: unknown): Map<string, boolean> {
  const list = parse(value);
  return new Map(
    (Array.isArray(list) ? list : []).flatMap((entry: unknown): [string, boolean][] =>
      isObject(entry) ? [[String(entry.code), entry.retry === true]] : [],
    ),
  );
}

const closeCodesChanged: Rule = {
  id: 'close-codes-changed',
  judge(difference) {
    if (!isModified(difference, 'Channel', 'x-close-codes')) return undefined;
    const [before, after] = [
      readCloseCodes(difference.base?.value),
      readCloseCodes(difference.revision?.value),
    ];
    const turned = [...before].filter(([code, retry]) => after.has(code) && after.get(code) !== retry);
    const lost = [...before.keys()].filter((code) => !after.has(code));
    const gained = [...after.keys()].filter((code) => !before.has(code));
    if (turned.length > 0 || lost.length > 0)
      return {
        severity: 'major',
        what:
          turned.length > 0
            ? `Whether to connect again after ${quoted(turned.map(([code]) => code))} changed.`
            : `Close codes ${quoted(lost)} were removed.`,
        why: 'Clients act on them.',
      };
    return gained.length > 0
      ? {
          severity: 'minor',
          what: `Close codes ${quoted(gained)} were added.`,
          why: 'Older clients give up there.',
        }
      : { severity: 'patch', what: 'Reasons of close codes changed.', why: 'Nothing that is sent changes.' };
  },
};

const methodChanged: Rule = {
  id: 'socket-method-changed',
  judge: (difference) =>
    isModified(difference, 'WsChannelBinding', 'method')
      ? { severity: 'major', what: 'The method that opens it changed.', why: 'Clients are refused.' }
      : undefined,
};

/** What a client says when it opens a connection: Redocly sees no request in it. */
const openingChanged: Rule = {
  id: 'socket-opening-changed',
  judge({ kind, path, property, base, revision }) {
    if (!/\/bindings\/ws\/(query|headers)$/.test(path)) return undefined;
    const schema = isObject(revision?.value) ? revision.value.required : undefined;
    const after = kind === 'added' ? schema : property === 'required' ? revision?.value : undefined;
    const before = kind === 'modified' && Array.isArray(base?.value) ? base.value : [];
    const gained = (Array.isArray(after) ? after : []).filter((name: unknown) => !before.includes(name));
    return gained.length > 0
      ? {
          severity: 'major',
          what: `To open a connection needs ${quoted(gained.map(String))} now.`,
          why: 'Clients that do not send it are refused.',
        }
      : undefined;
  },
};

/** A parameter of a channel's address, whose values a client chooses. */
const parameterChanged: Rule = {
  id: 'channel-parameter-changed',
  judge(difference, { kind }) {
    if (kind !== 'asyncapi' || !isModified(difference, 'Parameter', 'enum')) return undefined;
    const [before, after] = [difference.base?.value, difference.revision?.value];
    const lost =
      Array.isArray(after) &&
      (!Array.isArray(before) || before.some((value: unknown) => !after.includes(value)));
    return {
      severity: lost ? 'major' : 'minor',
      what: `The values of the parameter are ${Array.isArray(after) ? quoted(after.map(String)) : 'free'} now.`,
      why: lost ? 'Addresses that clients use are gone.' : 'There are more addresses.',
    };
  },
};

/** A message of a channel that operations send or take is told there. */
const channelMessage: Rule = {
  id: 'message-changed',
  judge: (difference, facts) =>
    difference.kind !== 'modified' &&
    /^\/channels\/[^/]+\/messages\/[^/]+$/.test(pointerOf(difference)) &&
    facts.usesOf(difference).length > 0
      ? 'drop'
      : undefined,
};

export const channelRules = [
  channelMessage,
  replyRemoved,
  channelChanged,
  securityChanged,
  schemeChanged,
  sessionChanged,
  closeCodesChanged,
  methodChanged,
  openingChanged,
  parameterChanged,
] as const;
