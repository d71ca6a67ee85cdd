import { isAtLeast, type Severity, stepOf } from '../diff/change.ts';
import { pairCopies, pairVersions, type VersionPair } from '../diff/pairs.ts';
import { type DocumentChanges, toJson, toTable } from '../diff/report.ts';
import { DocumentError, formatProblem } from '../problems.ts';
import { type Command, EXIT, exitCodes, type Terminal, textOf, UsageError, type Values } from './command.ts';
import { PAIR_OPTIONS, readPairs } from './sources.ts';

const HELP = `Tells what has changed between two versions of documents, and which step of info.version that asks for.

Usage
  flowwire diff OLD NEW    two files, or two folders: their openapi.yaml and asyncapi.yaml are paired by path
  flowwire diff OLD        OLD is a folder with older copies of what flowwire.config.json lists, at the same paths

major: what worked no longer does. minor: there is more than before. patch: only words have changed.
The last line is \`semver: major|minor|patch|none\`.

Options
  --fail-on STEP     the least step that is a fault: major (default), minor, patch, or none
  --check-version    it is a fault when info.version has moved less than the changes ask for
  --json             one object instead of tables
  --config FILE      default: flowwire.config.json
  -h, --help         this text

${exitCodes('changes as --fail-on or --check-version says, or a document cannot be read')}`;

const STEPS = ['major', 'minor', 'patch', 'none'] as const;

function readFailOn(values: Values): (typeof STEPS)[number] {
  const text = textOf(values, 'fail-on') ?? 'major';
  const step = STEPS.find((entry) => entry === text);
  if (step === undefined) throw new UsageError(`--fail-on is ${STEPS.join(', ')}.`);
  return step;
}

async function readVersions(values: Values, documents: readonly string[]): Promise<VersionPair[]> {
  const [before, after, ...more] = documents;
  if (before === undefined) throw new UsageError('OLD is missing: the version to compare with.');
  if (more.length > 0) throw new UsageError(`There are ${documents.length} paths; OLD and NEW are two.`);
  if (after === undefined) {
    const listed = (await readPairs(values, [])).flatMap(({ openapi, asyncapi }) => [openapi, asyncapi]);
    return pairCopies(
      before,
      listed.filter((path) => path !== undefined),
    );
  }
  if (values.config !== undefined) throw new UsageError('--config does not go with NEW.');
  return pairVersions(before, after);
}

const whole = (name: string, severity: Severity, what: string, why: string) => ({
  ...{ severity, rule: 'document-changed', place: name, pointer: '', uses: [], what, why },
});

async function compareVersions(
  { name, before, after }: VersionPair,
  isVersionChecked: boolean,
): Promise<DocumentChanges> {
  if (before === undefined)
    return { document: name, changes: [whole(name, 'minor', 'The document is new.', 'Nothing was there.')] };
  if (after === undefined)
    return {
      document: name,
      changes: [whole(name, 'major', 'The document was removed.', 'Its API is gone.')],
    };
  const { readBundled } = await import('../bundle/read.ts');
  const { compareDocuments } = await import('../diff/judge.ts');
  const [{ document: old }, { document: now }] = [await readBundled(before), await readBundled(after)];
  if (old.kind !== now.kind)
    throw new UsageError(`${before} is an ${old.kind} document, ${after} an ${now.kind} document.`);
  const changes = await compareDocuments(old, now);
  const { checkVersion, versionOf } = await import('../diff/version.ts');
  const version = isVersionChecked
    ? checkVersion(versionOf(old.root), versionOf(now.root), stepOf(changes))
    : undefined;
  return { document: name, changes, ...(version !== undefined && { version }) };
}

/** Compares what can be compared; undefined, and told on the terminal, for a document with faults. */
async function compareOrSay(
  pair: VersionPair,
  isVersionChecked: boolean,
  terminal: Terminal,
): Promise<DocumentChanges | undefined> {
  terminal.progress(`${pair.name} ...`);
  try {
    return await compareVersions(pair, isVersionChecked);
  } catch (error) {
    if (error instanceof DocumentError)
      for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
    else if (error instanceof Error && error.name === 'CompareError')
      terminal.err(`${pair.name}: ${error.message}\n`);
    else throw error;
    return undefined;
  }
}

export const command: Command = {
  help: HELP,
  options: {
    ...PAIR_OPTIONS,
    'fail-on': { type: 'string' },
    'check-version': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  async run(values, documents, terminal) {
    const failOn = readFailOn(values);
    const pairs = await readVersions(values, documents);
    const found: DocumentChanges[] = [];
    for (const pair of pairs) {
      const changes = await compareOrSay(pair, values['check-version'] === true, terminal);
      if (!changes) continue;
      found.push(changes);
      if (values.json !== true) terminal.out(`${toTable(changes)}\n`);
    }
    const step = stepOf(found.flatMap(({ changes }) => changes));
    terminal.out(values.json === true ? `${toJson(found)}\n` : `semver: ${step ?? 'none'}\n`);
    const isUnread = found.length < pairs.length;
    const isTooMuch = failOn !== 'none' && isAtLeast(step, failOn);
    return isUnread || isTooMuch || found.some(({ version }) => version !== undefined)
      ? EXIT.faults
      : EXIT.done;
  },
};
