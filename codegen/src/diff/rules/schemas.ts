import { isObject } from '../../json.ts';
import { STAND_INS } from '../comparable.ts';
import { pointerOf } from '../facts.ts';
import { isModified, quoted, type Rule } from './rule.ts';

const spell = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** Redocly takes a default for a note. */
const defaultChanged: Rule = {
  id: 'default-changed',
  judge(difference, facts) {
    if (!isModified(difference, 'Schema', 'default') || !facts.sends(difference, 'request')) return undefined;
    const [before, after] = [difference.base?.value, difference.revision?.value];
    const added = before === undefined;
    return {
      severity: added ? 'minor' : 'major',
      what: added
        ? `The default ${spell(after)} was added.`
        : `The default ${spell(before)} ${after === undefined ? 'was removed' : `became ${spell(after)}`}.`,
      why: added
        ? 'What leaving it out means is said now.'
        : 'Requests that leave it out mean something else now.',
    };
  },
};

const discriminatorChanged: Rule = {
  id: 'discriminator-changed',
  judge: (difference) =>
    isModified(difference, 'Discriminator', 'propertyName')
      ? {
          severity: 'major',
          what: `\`${String(difference.base?.value)}\` no longer tells the values apart, \`${String(difference.revision?.value)}\` does.`,
          why: 'Neither side finds out any more what the other one has sent.',
        }
      : undefined,
};

function readMapping(value: unknown): Map<string, unknown> {
  const mapping: unknown = typeof value === 'string' ? JSON.parse(value) : {};
  return new Map(Object.entries(isObject(mapping) ? mapping : {}));
}

/** Where a member was added or removed with its name, the member itself is told. */
const mappingChanged: Rule = {
  id: 'discriminator-mapping-changed',
  judge(difference) {
    if (!isModified(difference, 'Discriminator', STAND_INS.mapping)) return undefined;
    const [before, after] = [readMapping(difference.base?.value), readMapping(difference.revision?.value)];
    const kept = new Set(after.values());
    const renamed = [...before].filter(([name, target]) => after.get(name) !== target && kept.has(target));
    if (renamed.length === 0) return 'drop';
    return {
      severity: 'major',
      what: `The mapping of ${quoted(renamed.map(([name]) => name))} changed.`,
      why: 'The same name stands for another schema, or the same schema has another name.',
    };
  },
};

const COMBINATORS: Readonly<Record<string, 'allOf' | 'anyOf' | 'oneOf'>> = {
  AllOf: 'allOf',
  AnyOf: 'anyOf',
  OneOf: 'oneOf',
};

/** Redocly compares unions of OpenAPI only. */
const messageUnionChanged: Rule = {
  id: 'schema-combinator-changed',
  judge(difference, { kind: document, sends }) {
    const { kind, typeName } = difference;
    const pointer = pointerOf(difference);
    const [, member] = /\/(allOf|anyOf|oneOf)\/\d+$/.exec(pointer) ?? [];
    const combinator = COMBINATORS[typeName] ?? member;
    if (document !== 'asyncapi' || kind === 'modified' || combinator === undefined) return undefined;
    const whole = member === undefined;
    // A list of alternatives that appears says less may be sent; one more alternative says more may.
    const narrows = (kind === 'added') === (whole || combinator === 'allOf');
    const breaks = sends(difference, narrows ? 'request' : 'answer');
    return {
      severity: breaks ? 'major' : 'minor',
      what: `${whole ? `\`${combinator}\`` : `A member of \`${combinator}\``} was ${kind}.`,
      why: narrows ? 'Fewer values are allowed.' : 'More values are allowed.',
    };
  },
};

/** Members of schemas that say which values there are. Others are words. */
const MEANING = new Set([
  ...['type', 'enum', 'const', 'required', 'pattern', 'format', 'multipleOf', 'nullable', 'uniqueItems'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems', 'minContains', 'maxContains', 'minProperties', 'maxProperties'],
  ...['additionalProperties', 'unevaluatedProperties', 'unevaluatedItems', 'items', 'dependentRequired'],
  ...['readOnly', 'writeOnly', 'contentMediaType', 'contentEncoding', 'deprecated', 'default'],
]);

/** Redocly calls every change that breaks nothing a patch. */
const meaningChanged: Rule = {
  id: 'schema-changed',
  judge(difference) {
    const { kind, typeName, verdicts, property, base, revision } = difference;
    if (verdicts.length > 0 || typeName !== 'Schema') return undefined;
    if (kind === 'removed' && /\/(oneOf|anyOf|allOf)\/\d+$/.test(pointerOf(difference)))
      return { severity: 'minor', what: 'A member of the union was removed.', why: 'Fewer values are sent.' };
    if (kind !== 'modified' || property === undefined || !MEANING.has(property)) return undefined;
    const [before, after] = [base?.value, revision?.value];
    const change =
      before === undefined
        ? `was set to ${spell(after)}`
        : after === undefined
          ? 'was removed'
          : `changed from ${spell(before)} to ${spell(after)}`;
    const why =
      property === 'deprecated'
        ? 'It is on its way out.'
        : 'More requests are accepted, or more is promised about answers.';
    return { severity: 'minor', what: `\`${property}\` ${change}.`, why };
  },
};

export const schemaRules = [
  defaultChanged,
  discriminatorChanged,
  mappingChanged,
  messageUnionChanged,
  meaningChanged,
] as const;
