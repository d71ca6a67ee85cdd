import { countFindings, type Finding, formatFinding, inReadingOrder } from '../lint/finding.ts';
import type { LintRule } from '../lint/rule.ts';
import { exampleFitsSchema } from '../lint/rules/example-fits-schema.ts';
import { hasExample } from '../lint/rules/has-example.ts';
import { projectRules } from '../lint/rules/project.ts';
import { type Command, EXIT, exitCodes, type Terminal, textOf, UsageError, type Values } from './command.ts';
import { type DocumentPair, PAIR_OPTIONS, readPairs } from './sources.ts';

const GENERAL: readonly LintRule[] = [exampleFitsSchema, hasExample];
const SETS: Readonly<Record<string, readonly LintRule[]>> = { flowwire: projectRules };

const describe = ({ id, what, why }: LintRule): string =>
  `  ${id.padEnd(20)} ${what}\n${' '.repeat(23)}${why}\n`;

const HELP = `Tells what is wrong with documents.

Usage
  flowwire lint DOCUMENT...   an AsyncAPI document is checked together with the OpenAPI document of its folder
  flowwire lint               all that flowwire.config.json lists

Findings are told one to a line: file:line:column severity rule message. They come from three sources: the
generator (rule \`generator\`: what it cannot read, what it would leave out, and where OpenAPI and AsyncAPI
disagree), Redocly (its own rules: those of redocly.yaml, or recommended-strict), and these rules:

${GENERAL.map(describe).join('')}
With --rules flowwire also:

${projectRules.map(describe).join('')}
Options
  --rules SET          also check by the rules of a set: flowwire. May be repeated
  --skip-rule RULE     leave out a rule, also one of Redocly's. May be repeated
  --redocly FILE       default: redocly.yaml of the working directory
  --strict             treat warnings as faults
  --json               one object instead of lines
  --config FILE        default: flowwire.config.json
  -h, --help           this text

${exitCodes('errors were found, or warnings with --strict')}`;

const listOf = (values: Values, name: string): string[] => {
  const value = values[name];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
};

function readRules(values: Values): LintRule[] {
  const sets = listOf(values, 'rules').flatMap((name) => {
    const rules = Object.hasOwn(SETS, name) ? SETS[name] : undefined;
    if (!rules)
      throw new UsageError(`There is no set of rules ${name}. There is ${Object.keys(SETS).join(', ')}.`);
    return rules;
  });
  const skipped = listOf(values, 'skip-rule');
  return [...GENERAL, ...sets].filter(({ id }) => !skipped.includes(id));
}

const documentsOf = ({ openapi, asyncapi }: DocumentPair): string[] =>
  [openapi, asyncapi].filter((path) => path !== undefined);

async function lintAll(
  values: Values,
  pairs: readonly DocumentPair[],
  terminal: Terminal,
): Promise<Finding[]> {
  const rules = readRules(values);
  const skipped = listOf(values, 'skip-rule');
  const { createRedocly } = await import('../lint/redocly.ts');
  const { lintApi } = await import('../lint/lint.ts');
  const redocly = await createRedocly(textOf(values, 'redocly'), skipped);
  const findings: Finding[] = [];
  for (const pair of pairs) {
    terminal.progress(`${documentsOf(pair).join(', ')} ...`);
    findings.push(...(await lintApi(pair, rules, redocly)));
  }
  return inReadingOrder(findings.filter(({ rule }) => !skipped.includes(rule)));
}

export const command: Command = {
  help: HELP,
  options: {
    ...PAIR_OPTIONS,
    rules: { type: 'string', multiple: true },
    'skip-rule': { type: 'string', multiple: true },
    redocly: { type: 'string' },
    strict: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  async run(values, documents, terminal) {
    const pairs = await readPairs(values, documents);
    const findings = await lintAll(values, pairs, terminal);
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const warnings = findings.length - errors;
    if (values.json === true) {
      terminal.out(`${JSON.stringify({ errors, warnings, findings }, null, 2)}\n`);
    } else {
      for (const finding of findings) terminal.out(`${formatFinding(finding)}\n`);
      terminal.out(`${countFindings(findings, pairs.flatMap(documentsOf).length)}\n`);
    }
    return errors > 0 || (values.strict === true && warnings > 0) ? EXIT.faults : EXIT.done;
  },
};
