import { valueAt } from '../../bundle/references.ts';
import { isObject } from '../../json.ts';
import { keysOf } from '../../load/cursor.ts';
import { HOISTED } from '../comparable.ts';
import { pointerOf } from '../facts.ts';
import { describe } from '../reasons.ts';
import type { Difference } from '../redocly.ts';
import { isModified, quoted, type Rule, readSpelledList } from './rule.ts';

const hasVerdict = ({ verdicts }: Difference): boolean => verdicts.length > 0;

/** Redocly looks at each of these operations, but not when all of them go. */
const othersRemoved: Rule = {
  id: 'operation-removed',
  judge({ kind, base, path }) {
    if (kind !== 'removed' || !path.endsWith('/additionalOperations')) return undefined;
    const methods = isObject(base?.value) ? Object.keys(base.value) : [];
    return {
      severity: 'major',
      what: `Operations ${quoted(methods)} were removed.`,
      why: 'Requests for them fail.',
    };
  },
};

const bodyAdded: Rule = {
  id: 'request-body-became-required',
  judge: ({ kind, typeName, revision }) =>
    kind === 'added' &&
    typeName === 'RequestBody' &&
    isObject(revision?.value) &&
    revision.value.required === true
      ? {
          severity: 'major',
          what: 'A required request body was added.',
          why: 'Requests without it are refused.',
        }
      : undefined,
};

const headerNotRequired: Rule = {
  id: 'response-header-no-longer-required',
  judge: (difference, facts) =>
    isModified(difference, 'Header', 'required') &&
    difference.revision?.value !== true &&
    facts.sends(difference, 'answer')
      ? { severity: 'major', what: 'The header is no longer required.', why: 'Clients count on it.' }
      : undefined,
};

/** Requests stay as they are, but the argument of generated clients is named after it. */
const pathParameterRenamed: Rule = {
  id: 'path-parameter-renamed',
  judge(difference, { rootOf }) {
    const { base, revision } = difference;
    if (hasVerdict(difference)) return undefined;
    if (isModified(difference, 'PathItem', 'key')) return 'drop';
    if (!isModified(difference, 'Parameter', 'name')) return undefined;
    const parameter = valueAt(rootOf(difference), pointerOf(difference).replace(/\/name$/, ''));
    // The case of a header's name says nothing.
    if (!isObject(parameter) || parameter.in !== 'path') return 'drop';
    return {
      severity: 'major',
      what: `The path parameter \`${String(base?.value)}\` is named \`${String(revision?.value)}\` now.`,
      why: 'Requests stay as they are, but generated clients name their argument after it.',
    };
  },
};

/** Codes are a list in an extension, which Redocly does not compare. */
const errorCodesChanged: Rule = {
  id: 'error-codes-changed',
  judge(difference) {
    if (!isModified(difference, /^Response$/, 'x-error-codes')) return undefined;
    const [before, after] = [
      readSpelledList(difference.base?.value),
      readSpelledList(difference.revision?.value),
    ];
    const removed = before.filter((code) => !after.includes(code));
    const added = after.filter((code) => !before.includes(code));
    if (removed.length > 0)
      return {
        severity: 'major',
        what: `Error codes ${quoted(removed)} were removed${added.length > 0 ? `, ${quoted(added)} added` : ''}.`,
        why: 'Clients that act on them no longer do.',
      };
    return {
      severity: 'minor',
      what: `Error codes ${quoted(added)} were added.`,
      why: 'Clients treat codes that they do not know by their status.',
    };
  },
};

/** Less is asked of requests than before. */
const loosened: Rule = {
  id: 'requirement-loosened',
  judge(difference) {
    if (hasVerdict(difference)) return undefined;
    if (isModified(difference, /^(Parameter|RequestBody)$/, 'required'))
      return { severity: 'minor', what: 'It is no longer required.', why: 'Requests may leave it out.' };
    if (/^SecurityRequirement(List)?$/.test(difference.typeName))
      return {
        severity: 'minor',
        what: 'Other or fewer credentials do.',
        why: 'Those that did before still do.',
      };
    return undefined;
  },
};

/** Aliases are compared as the paths that they are. */
const aliasesListed: Rule = {
  id: 'aliases-changed',
  judge: (difference) => (isModified(difference, 'PathItem', 'x-path-aliases') ? 'drop' : undefined),
};

const deprecated: Rule = {
  id: 'deprecated',
  judge(difference) {
    if (!isModified(difference, /./, 'deprecated') || difference.typeName === 'Schema') return undefined;
    const now = difference.revision?.value === true;
    return {
      severity: 'minor',
      what: now ? 'It is deprecated.' : 'It is no longer deprecated.',
      why: now ? 'It is on its way out.' : 'It stays.',
    };
  },
};

/** Words for readers, which Redocly counts as something new when they are added. */
const WORDS = /^(Example|ExamplesMap|Tag|TagList|TagGroups?|ExternalDocs|Contact|License|Xml|SpecExtension)$/;

const wordsAdded: Rule = {
  id: 'words-changed',
  judge: (difference) =>
    difference.kind !== 'modified' && WORDS.test(difference.typeName)
      ? { severity: 'patch', what: describe(difference), why: 'Nothing that is sent changes.' }
      : undefined,
};

/** Components say nothing by themselves: what is used is told where it is used. */
const componentChanged: Rule = {
  id: 'component-changed',
  judge(difference, facts) {
    const { kind, base, property, typeName } = difference;
    const [first, , name = '', ...more] = keysOf(pointerOf(difference));
    if (first !== 'components' || more.length > 0 || typeName === 'SecurityScheme') return undefined;
    const isWhole = kind !== 'modified' || property === 'key';
    if (name.startsWith(HOISTED)) return isWhole ? 'drop' : undefined;
    if (kind === 'added') return name === '' || facts.usesOf(difference).length > 0 ? 'drop' : undefined;
    if (!isWhole || name === '') return undefined;
    return {
      severity: 'patch',
      what:
        kind === 'removed'
          ? `Component \`${name}\` was removed.`
          : `Component \`${String(base?.value)}\` was removed, or is named \`${name}\` now.`,
      why: 'Nothing that is sent changes, but generated types lose a name.',
    };
  },
};

export const operationRules = [
  othersRemoved,
  bodyAdded,
  headerNotRequired,
  pathParameterRenamed,
  errorCodesChanged,
  loosened,
  aliasesListed,
  deprecated,
  wordsAdded,
  componentChanged,
] as const;
