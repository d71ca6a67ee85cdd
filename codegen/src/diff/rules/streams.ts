import { isObject } from '../../json.ts';
import { pointerOf } from '../facts.ts';
import type { Difference } from '../redocly.ts';
import { isModified, type Rule } from './rule.ts';

/** What tells the events of a union apart: the only text that is fixed, or its name. */
function nameOfEvent({ kind, base, revision, path }: Difference): string {
  const value = (kind === 'removed' ? base : revision)?.value;
  const properties = isObject(value) && isObject(value.properties) ? Object.values(value.properties) : [];
  const fixed = properties.flatMap((property) =>
    isObject(property) && typeof property.const === 'string' ? [property.const] : [],
  );
  return fixed.length === 1 && fixed[0] !== undefined
    ? `\`${fixed[0]}\``
    : `at ${path.split('/').slice(-2).join('/')}`;
}

/** Redocly takes a stream for an answer with more values than before. */
const eventAdded: Rule = {
  id: 'stream-event-added',
  judge: (difference, facts) =>
    difference.kind === 'added' && facts.isEvent(difference)
      ? {
          severity: 'minor',
          what: `Event ${nameOfEvent(difference)} was added.`,
          why: 'Clients leave out events that they do not know.',
        }
      : undefined,
};

/** Redocly takes fewer values in an answer for harmless. */
const eventRemoved: Rule = {
  id: 'stream-event-removed',
  judge: (difference, facts) =>
    difference.kind === 'removed' && facts.isEvent(difference)
      ? {
          severity: 'major',
          what: `Event ${nameOfEvent(difference)} was removed.`,
          why: 'Clients that wait for it wait in vain.',
        }
      : undefined,
};

/** Redocly does not know the extension. */
const terminalChanged: Rule = {
  id: 'stream-end-changed',
  judge(difference) {
    if (!isModified(difference, /^Schema$/, 'x-terminal')) return undefined;
    const ends = difference.revision?.value === true;
    return {
      severity: 'major',
      what: ends ? 'The event ends its stream now.' : 'The event no longer ends its stream.',
      why: ends ? 'Clients do not expect that nothing follows.' : 'Clients stop reading there.',
    };
  },
};

/** Redocly does not compare whether a schema is that of the body or of its items. */
const bodySchemaReplaced: Rule = {
  id: 'body-schema-changed',
  judge(difference, facts) {
    const { kind, typeName } = difference;
    const [, member] = /\/content\/[^/]*\/(schema|itemSchema)$/.exec(pointerOf(difference)) ?? [];
    if (typeName !== 'Schema' || kind === 'modified' || member === undefined) return undefined;
    const removed = kind === 'removed';
    const breaks = facts.sends(difference, removed ? 'answer' : 'request');
    return {
      severity: breaks ? 'major' : 'minor',
      what: `\`${member}\` of the body was ${kind}.`,
      why: removed ? 'The body can be anything now.' : 'The body could be anything before.',
    };
  },
};

const switchChanged: Rule = {
  id: 'stream-switch-changed',
  judge(difference) {
    if (!isModified(difference, 'Operation', 'x-stream-switch')) return undefined;
    const added = difference.base?.value === undefined;
    return {
      severity: added ? 'minor' : 'major',
      what: `\`x-stream-switch\` was ${added ? 'added' : difference.revision?.value === undefined ? 'removed' : 'changed'}.`,
      why: added
        ? 'Requests can choose between a stream and one answer now.'
        : 'Requests that choose between a stream and one answer are answered otherwise.',
    };
  },
};

export const streamRules = [
  eventAdded,
  eventRemoved,
  terminalChanged,
  bodySchemaReplaced,
  switchChanged,
] as const;
