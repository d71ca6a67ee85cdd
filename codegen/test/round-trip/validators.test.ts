import { type Finding, toFindings } from '@flowwire/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isValid } from '../../src/emit/validators/testing/reference.ts';
import { readApis, type Side } from './apis.ts';
import { createArbitraries } from './arbitraries.ts';
import { type Mutation, mutationsOf } from './mutations.ts';

const RUNS = 15;
/** Of the faults that can be made in one instance, those that are tried. */
const MAX_FAULTS = 25;

const apis = await readApis();

/** How often each rule was broken, so that a rule that never comes up is noticed. */
const broken = new Map<string, number>();

/** The rules that tell the branches of a union apart. A client that finds no branch names the union alone. */
const TELLING = ['const', 'enum', 'type', 'required'];

/** Rules that one value may break together: which of them is named first is the validator's choice. */
const TOGETHER = ['minLength', 'maxLength', 'pattern', 'format', 'minItems', 'maxItems', 'uniqueItems'];

/** A wrong type, or a value that is not allowed, may each be named by the other's rule. */
const ALIKE = ['type', 'const', 'enum'];

/** Some of a list, spread over all of it. */
const some = <T>(list: readonly T[], offset: number): T[] => {
  const step = Math.ceil(list.length / MAX_FAULTS);
  return list.filter((_, index) => index % step === offset % step);
};

/** Whether a finding names the rule that was broken, as far as it must. */
function isNamed({ code }: Finding, rule: string, side: Side): boolean {
  if (code === rule || code === 'discriminator' || ALIKE.includes(rule)) return true;
  return side === 'output' && TOGETHER.includes(rule);
}

/** Whether findings name a fault. A client stops at the first one; of a union it says one for each branch. */
function isFound({ rule, pointer, union }: Mutation, side: Side, findings: readonly Finding[]): boolean {
  if (side === 'output' && union === undefined && findings.length !== 1) return false;
  if (findings.some((finding) => finding.pointer === pointer && isNamed(finding, rule, side))) return true;
  const isTelling = side === 'output' && union !== undefined && TELLING.includes(rule);
  return isTelling && findings.some((finding) => finding.pointer === union);
}

describe.each(apis)('$name', ({ known, checked }) => {
  const arbitraryOf = createArbitraries(known);

  test.each(checked)('$schema.name ($side): what its schema allows passes', ({ schema, validate }) => {
    fc.assert(
      fc.property(arbitraryOf(schema.schema), (value) => {
        const isPassed = validate(value);
        expect(validate.errors ?? []).toEqual([]);
        expect(isPassed).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test.each(checked)(
    '$schema.name ($side): one fault is refused where it is',
    ({ schema, validate, side }) => {
      const assertRefused = (value: unknown, offset: number): void => {
        for (const mutation of some(mutationsOf(known, schema.schema, value), offset)) {
          const { rule, union } = mutation;
          // Another branch of a union may allow it. The reference does not know formats.
          if (union !== undefined && rule !== 'format' && isValid(known, schema.schema, mutation.value))
            continue;
          broken.set(rule, (broken.get(rule) ?? 0) + 1);
          const isRefused = !validate(mutation.value);
          const findings = toFindings(validate.errors);
          const seen = { isRefused, findings: isFound(mutation, side, findings) ? 'named' : findings };
          expect({ ...mutation, ...seen }).toEqual({ ...mutation, isRefused: true, findings: 'named' });
        }
      };
      fc.assert(fc.property(arbitraryOf(schema.schema), fc.nat(), assertRefused), { numRuns: RUNS });
    },
  );
});

test('every API has validators for both sides', () => {
  expect(apis.length).toBeGreaterThan(1);
  for (const { checked } of apis) {
    expect(new Set(checked.map(({ side }) => side))).toEqual(new Set(['input', 'output']));
  }
});

test('every kind of rule was broken', () => {
  const rules = [
    'required',
    'type',
    'const',
    'enum',
    'additionalProperties',
    'minimum',
    'maximum',
    'minLength',
    'maxLength',
    'pattern',
    'format',
    'minItems',
    'maxItems',
    'uniqueItems',
    'minProperties',
  ];
  expect(rules.filter((rule) => !broken.has(rule))).toEqual([]);
});
