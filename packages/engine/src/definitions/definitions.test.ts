import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import type { WorkflowDefinition } from '../definition/types.ts';
import { validateDefinition } from '../definition/validate.ts';
import { importDefinition } from '../formats/index.ts';
import { toMermaid } from '../formats/mermaid.ts';
import { exportYaml, importNative } from '../formats/native.ts';
import { createCodeSandbox } from '../nodes/code/sandbox.ts';
import { createHttpSender } from '../nodes/http/sender.ts';
import { startLoopback } from '../nodes/http/testing/loopback.ts';
import type { Run } from '../ports.ts';
import { type Case, type CaseRun, loadCases } from './case.ts';
import { brokenRules } from './invariants.ts';
import { endOf, reportOf, streamedOf, wantedEndOf } from './observe.ts';
import { createStandIns, type StandIns } from './stand-ins.ts';
import { alignTo, linesOf, storyOf } from './story.ts';
import { everything, usesOf } from './uses.ts';
import { createWorld, type World } from './world.ts';

const server = await startLoopback();
const http = createHttpSender({ allowPrivateAddresses: ['127.0.0.1'] });
const code = createCodeSandbox();
afterAll(async () => {
  await Promise.all([http.close(), code.close()]);
  server.close();
});

const cases = loadCases(server.url);

function definitionOf(text: string): WorkflowDefinition {
  const result = importDefinition(text, { secrets: 'move' });
  if (result.ok) return result.definition;
  throw new Error(`it is not imported: ${JSON.stringify([result.problems, result.findings], null, 2)}`);
}

/** Runs a case's runs one after the other in one world. */
async function inWorld(
  { text, subflows, secrets, moved, runs }: Case,
  standIns: StandIns,
  look: (world: World, run: CaseRun) => Promise<void>,
): Promise<void> {
  const called = Object.entries(subflows).map(([id, one]) => [id, definitionOf(one)] as const);
  const world = await createWorld({
    definition: definitionOf(text),
    subflows: Object.fromEntries(called),
    secrets: { ...secrets, ...moved },
    services: { http, code, ...standIns.services },
  });
  try {
    for (const run of runs) {
      standIns.begin(run);
      await look(world, run);
    }
  } finally {
    await world.close();
  }
}

/** A place in a run at which its process dies, always the same one: every node has at least two events. */
function placeOfDeath({ name }: Case, { title, events }: CaseRun): number {
  const hash = createHash('sha256').update(`${name} ${title}`).digest().readUInt32BE();
  return 1 + (hash % Math.max(1, 2 * linesOf(events).length - 4));
}

const ends = (story: readonly string[]): readonly string[] =>
  story.filter((line) => line.includes('node_finished')).sort();

/** Why a run failed that was not to fail. */
const surprises = ({ error }: Run, wanted: CaseRun): readonly string[] =>
  error && wanted.error === undefined ? [error.message] : [];

describe.each(cases)('$name', (one) => {
  test('is imported as expected', () => {
    expect(validateDefinition(definitionOf(one.text))).toEqual([]);
    const { report, notes = [], moved = {} } = one;
    expect(reportOf(one.text)).toEqual(report ? { report, notes, moved } : {});
  });

  test('is the same after an export, and can be drawn', () => {
    const definition = definitionOf(one.text);
    const result = importNative(exportYaml(definition));
    expect(result).toMatchObject({ ok: true });
    expect(result.ok && result.definition).toEqual({ ...definition, format: 'flowwire/1' });
    const lines = toMermaid(definition).split('\n').length;
    expect(lines).toBeGreaterThan(definition.nodes.length + definition.edges.length);
  });

  test('runs as expected', () => {
    const standIns = createStandIns(server, true);
    return inWorld(one, standIns, async (world, wanted) => {
      const { run, events } = await world.run(wanted);
      const story = storyOf(events);
      const { title, mails = [], streamed } = wanted;
      expect({
        title,
        story,
        ...endOf(run, events),
        mails: standIns.mails(),
        ...(streamed && { streamed: streamedOf(events) }),
        faults: [...standIns.faults(), ...brokenRules(run, events), ...surprises(run, wanted)],
      }).toEqual({
        title,
        story: alignTo(story, wanted.events),
        ...wantedEndOf(wanted),
        mails,
        ...(streamed && { streamed }),
        faults: [],
      });
    });
  });

  test('comes to the same when its process dies, and runs no node again that had ended', () => {
    const standIns = createStandIns(server, false);
    return inWorld(one, standIns, async (world, wanted) => {
      const diesAfter = placeOfDeath(one, wanted);
      const { run, events } = await world.run(wanted, diesAfter);
      const { title, mails = [] } = wanted;
      expect({
        title,
        diesAfter,
        epoch: run.epoch > 1,
        ends: ends(storyOf(events)),
        ...endOf(run, events),
        mails: standIns.mails(),
        faults: [...standIns.faults(), ...brokenRules(run, events), ...surprises(run, wanted)],
      }).toEqual({
        title,
        diesAfter,
        epoch: true,
        ends: ends(linesOf(wanted.events)),
        ...wantedEndOf(wanted),
        mails,
        faults: [],
      });
    });
  });
});

test('together they use every node type with all its members', () => {
  const used = new Set(cases.flatMap(({ text }) => [...usesOf(definitionOf(text))]));
  expect([...everything()].filter((one) => !used.has(one))).toEqual([]);
});
