import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NamedVersion, Platform } from '../../../flows/flow-store.ts';
import { isPublished, isRunnable, type ReleaseOperation, servedVersion, statusAfter } from './release.ts';

const PLATFORMS: readonly Platform[] = [1, 2, 4];
const OPERATIONS: readonly ReleaseOperation[] = ['publish', 'publish_api', 'take_off'];
const [PUBLISH, API, OFF] = [
  new Map([
    [1, 1],
    [2, 4],
    [4, 32],
  ]),
  8,
  new Map([
    [1, 2],
    [2, 16],
    [4, 64],
  ]),
];

const step = fc.tuple(fc.constantFrom(...OPERATIONS), fc.constantFrom(...PLATFORMS));
const after = (steps: readonly (readonly [ReleaseOperation, Platform])[]): number =>
  steps.reduce((status, [operation, platform]) => statusAfter(status, operation, platform) ?? status, 0);

describe('a status', () => {
  test.each([
    ['publish', 1, 1],
    ['publish_api', 1, 8],
    ['take_off', 1, 2],
    ['publish', 2, 4],
    ['publish_api', 2, 8],
    ['take_off', 2, 16],
    ['publish', 4, 32],
    ['publish_api', 4, undefined],
    ['take_off', 4, 64],
  ] as const)('is begun by %s on platform %d with %s', (operation, platform, status) => {
    expect(statusAfter(0, operation, platform)).toBe(status);
  });

  test('has what was done last on each platform, and on the others what was there', () => {
    fc.assert(
      fc.property(fc.array(step), step, (steps, [operation, platform]) => {
        const before = after(steps);
        const status = statusAfter(before, operation, platform);
        if (status === undefined) return operation === 'publish_api' && platform === 4;
        const [publish = 0, off = 0] = [PUBLISH.get(platform), OFF.get(platform)];
        expect((status & off) !== 0).toBe(operation === 'take_off');
        if (operation === 'take_off') expect(status & (publish | (platform === 4 ? 0 : API))).toBe(0);
        const others = 127 & ~(publish | off | API);
        expect(status & others).toBe(before & others);
        return true;
      }),
    );
  });

  test('can be run exactly while it is published on Xingchen or the open platform', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const last = (wanted: Platform) =>
          steps.findLast(([operation, platform]) => platform === wanted && operation !== 'publish_api')?.[0];
        const isOut = last(1) === 'publish' || last(2) === 'publish';
        expect(isRunnable(after(steps))).toBe(isOut);
      }),
    );
  });

  test('says that nothing is published once every platform has taken it off', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const status = after([...steps, ['take_off', 1], ['take_off', 2], ['take_off', 4]]);
        expect([status, isPublished(status), isRunnable(status)]).toEqual([2 | 16 | 64, false, false]);
      }),
    );
  });

  test.each([
    [8, true, false],
    [32, true, false],
    [1 | 16 | 64, true, true],
    [1 | 2 | 16 | 64, true, false],
    [2, false, false],
    [0, false, false],
  ])('of %d means published: %s, can be run: %s', (status, published, runnable) => {
    expect([isPublished(status), isRunnable(status)]).toEqual([published, runnable]);
  });
});

describe('the version that is served', () => {
  const versionsOf = (names: readonly string[]): NamedVersion[] =>
    names.map((name, index) => ({ name, version: index + 1, updatedAt: index + 1 }));
  const nameServed = (names: readonly string[], wanted?: string) => {
    const versions = versionsOf(names);
    const version = servedVersion({ releaseStatus: 1 }, versions, wanted);
    return versions.find((each) => each.version === version)?.name;
  };

  test.each([
    [['v1.2', 'v1.10', 'v1.9'], 'v1.10'],
    [['v2.0', '', 'v1.10'], 'v2.0'],
    [['v1.99999999999999999998', 'v1.99999999999999999999', ''], 'v1.99999999999999999999'],
    [['v1.2.3', '', 'beta'], ''],
    [['beta', 'alpha'], 'alpha'],
    [[], undefined],
  ])('of %j is %j when none is named', (names, served) => {
    expect(nameServed(names)).toBe(served);
    expect(nameServed(names, '')).toBe(served);
  });

  test('is the named one, and none where there is no such name', () => {
    expect(nameServed(['v1.2', 'beta'], 'beta')).toBe('beta');
    expect(nameServed(['v1.2'], 'v1.3')).toBeUndefined();
  });

  test('is none while the flow cannot be run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 127 }), fc.constantFrom('', 'v1.0'), (releaseStatus, name) => {
        const version = servedVersion({ releaseStatus }, versionsOf(['v1.0']), name);
        expect(version).toBe(isRunnable(releaseStatus) ? 1 : undefined);
      }),
    );
  });

  const number = fc.nat({ max: 30 });
  const name = fc.oneof(
    fc.tuple(number, number).map(([major, minor]) => `v${major}.${minor}`),
    fc.constantFrom('', 'beta', 'v1', 'v1.2.3'),
  );

  test('is the same in whatever order the versions are told, and no other numbered one is higher', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name).chain((names) => {
          const versions = versionsOf(names);
          const shuffled = fc.shuffledSubarray(versions, { minLength: versions.length });
          return fc.tuple(fc.constant(versions), shuffled);
        }),
        ([versions, shuffled]) => {
          const served = servedVersion({ releaseStatus: 4 }, versions);
          expect(servedVersion({ releaseStatus: 4 }, shuffled)).toBe(served);
          const numbered = versions.flatMap(({ name: each, version }) => {
            const [, major, minor] = /^v(\d+)\.(\d+)$/.exec(each) ?? [];
            return major === undefined ? [] : [{ version, place: Number(major) * 100 + Number(minor) }];
          });
          if (numbered.length === 0) return;
          const highest = numbered.toSorted((a, b) => b.place - a.place)[0];
          expect(served).toBe(highest?.version);
        },
      ),
    );
  });
});
