import type { BundledDocument } from '../bundle/read.ts';
import { type Change, inOrder } from './change.ts';
import { toComparable } from './comparable.ts';
import { type Facts, pointerOf, readFacts } from './facts.ts';
import { describePlace } from './place.ts';
import { describe, reasonFor } from './reasons.ts';
import { compare, type Difference } from './redocly.ts';
import { channelRules } from './rules/channels.ts';
import { operationRules } from './rules/operations.ts';
import type { Judgement, Rule } from './rules/rule.ts';
import { schemaRules } from './rules/schemas.ts';
import { streamRules } from './rules/streams.ts';

/** Asked in this order; the first that has something to say is followed. */
const RULES: readonly Rule[] = [...streamRules, ...channelRules, ...schemaRules, ...operationRules];

/** What Redocly's own rules say, once each, or how much a difference weighs that none of them knows. */
function judgementsOfRedocly(
  difference: Difference,
  facts: Facts,
): (Judgement & { readonly rule: string })[] {
  const { verdicts, impact } = difference;
  const sends = (direction: 'request' | 'answer'): boolean => facts.sends(difference, direction);
  if (verdicts.length > 0)
    return verdicts.map(({ ruleId, message }) => ({
      rule: ruleId,
      severity: impact,
      what: message,
      why: reasonFor(ruleId, sends),
    }));
  const why = impact === 'minor' ? 'What was there before stays.' : 'Nothing that is sent changes.';
  return [{ rule: difference.kind, severity: impact, what: describe(difference), why }];
}

function judge(difference: Difference, facts: Facts): Change[] {
  const at = {
    place: describePlace(facts.rootOf(difference), difference),
    pointer: pointerOf(difference),
    uses: facts.usesOf(difference).map(({ direction, operation }) => `${direction} of ${operation}`),
  };
  for (const rule of RULES) {
    const judgement = rule.judge(difference, facts);
    if (judgement === 'drop') return [];
    if (judgement) return [{ ...at, rule: rule.id, ...judgement }];
  }
  return judgementsOfRedocly(difference, facts).map((judgement) => ({ ...at, ...judgement }));
}

/** The version that a document says it has: what the others are measured by, and no change itself. */
const isVersion = ({ property, typeName }: Difference): boolean =>
  (property === 'version' && typeName === 'Info') || property === 'openapi' || property === 'asyncapi';

const COMPONENT = /^\/components\/[^/]+\/[^/]+$/;

/**
 * Redocly takes a component that is gone and a new one that is like it for one that was renamed. What the two
 * are used for is compared where they are used, so what it finds between them says nothing.
 */
function withoutGuesses(differences: readonly Difference[]): Difference[] {
  const renamed = differences.filter(({ path, property }) => property === 'key' && COMPONENT.test(path));
  const guesses = new Set(renamed.map(({ path }) => path));
  return differences.filter(({ path, property }) => {
    const component = path.split('/').slice(0, 4).join('/');
    return !guesses.has(component) || (path === component && property === 'key');
  });
}

/**
 * Finds what has changed between two versions of a document, and how much each change asks of its version.
 *
 * @throws CompareError when Redocly, which finds the differences, fails.
 */
export async function compareDocuments(
  base: BundledDocument,
  revision: BundledDocument,
  signal?: AbortSignal,
): Promise<Change[]> {
  const before = toComparable(base);
  const after = toComparable(revision);
  const differences = withoutGuesses(await compare(before, after, signal));
  const facts = readFacts(before, after, revision.kind);
  const changes = differences
    .filter((difference) => !isVersion(difference))
    .flatMap((one) => judge(one, facts));
  const unique = new Map(
    changes.map((change) => [`${change.pointer} ${change.rule} ${change.what}`, change]),
  );
  return inOrder([...unique.values()]);
}
