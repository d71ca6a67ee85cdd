import type { Report } from '../foreign.ts';
import { type MandasAgent, quote } from './definition.ts';

/** The order of the agents. */
export interface Dependencies {
  /** Whose output each agent waits for. */
  of(agent: MandasAgent): readonly MandasAgent[];
  /** Whether `earlier` has ended when `agent` begins. */
  runsBefore(earlier: MandasAgent, agent: MandasAgent): boolean;
  /** The agents that no other one waits for. */
  readonly last: readonly MandasAgent[];
}

/** One after the other in the order of the list, unless some agent says what it depends on. */
export function readDependencies(agents: readonly MandasAgent[], report: Report): Dependencies {
  const isGraph = agents.some(({ dependsOn }) => dependsOn !== undefined);
  const direct = isGraph ? namedDependencies(agents, report) : chain(agents);
  if (isGraph) checkCycles(agents, direct, report);
  const of = (agent: MandasAgent): readonly MandasAgent[] => direct.get(agent) ?? [];
  const waitedFor = new Set(agents.flatMap((agent) => of(agent)));
  return {
    of,
    runsBefore: (earlier, agent) => allBefore(agent, of).has(earlier),
    last: agents.filter((agent) => !waitedFor.has(agent)),
  };
}

type Direct = ReadonlyMap<MandasAgent, readonly MandasAgent[]>;

const chain = (agents: readonly MandasAgent[]): Direct =>
  new Map(agents.map((agent, index) => [agent, agents.slice(Math.max(index - 1, 0), index)]));

function namedDependencies(agents: readonly MandasAgent[], report: Report): Direct {
  const byName = new Map([...agents].reverse().map((agent) => [agent.name, agent]));
  const direct = new Map<MandasAgent, readonly MandasAgent[]>();
  for (const agent of agents) {
    const found = new Set<MandasAgent>();
    for (const [index, name] of (agent.dependsOn ?? []).entries()) {
      const other = byName.get(name);
      const tell = (message: string): void =>
        report.problem(message, agent.placeOf('depends_on', index), agent.name);
      if (!other) tell(`${quote(agent.name)} depends on ${quote(name)}, and there is no such agent`);
      else if (found.has(other)) tell(`${quote(agent.name)} depends on ${quote(name)} twice`);
      else found.add(other);
    }
    direct.set(agent, [...found]);
  }
  return direct;
}

function allBefore(agent: MandasAgent, of: Dependencies['of']): ReadonlySet<MandasAgent> {
  const before = new Set(of(agent));
  for (const earlier of before) for (const next of of(earlier)) before.add(next);
  return before;
}

/** Takes away whoever waits for nobody that is left; who stays waits in a circle, or for one. */
function checkCycles(agents: readonly MandasAgent[], direct: Direct, report: Report): void {
  const left = new Set(agents);
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    for (const agent of left) {
      if (!(direct.get(agent) ?? []).some((other) => left.has(other))) left.delete(agent);
    }
  }
  const of = (agent: MandasAgent): readonly MandasAgent[] => direct.get(agent) ?? [];
  for (const agent of left) {
    if (!allBefore(agent, of).has(agent)) continue;
    const message = `${quote(agent.name)} depends on itself, by way of what it depends on`;
    report.problem(message, agent.placeOf('depends_on'), agent.name);
  }
}
