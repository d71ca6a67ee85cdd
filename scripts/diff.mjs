// `node scripts/diff.mjs`: what has changed in specs/ since the last git tag. Fails when a document's version
// has moved less than its changes ask for. Arguments go to `flowwire diff`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureInstalled, flowwire, main, ROOT } from './lib/steps.mjs';

const git = (...args) =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function lastTag() {
  try {
    return git('describe', '--tags', '--abbrev=0').trim();
  } catch {
    return undefined;
  }
}

/** Writes what specs/ was at a tag into a folder. Answers how many files that are. */
function writeSpecs(tag, folder) {
  const files = git('ls-tree', '-r', '--name-only', tag, 'specs').split('\n').filter(Boolean);
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), git('show', `${tag}:${file}`));
  }
  return files.length;
}

await main(async () => {
  const tag = lastTag();
  if (tag === undefined) {
    process.stdout.write('There is no git tag yet, so there is nothing to compare specs/ with.\n');
    return;
  }
  await ensureInstalled();
  const folder = mkdtempSync(join(tmpdir(), 'flowwire-specs-'));
  try {
    if (writeSpecs(tag, folder) === 0) {
      process.stdout.write(`There were no specs/ at ${tag}, so there is nothing to compare with.\n`);
      return;
    }
    process.stdout.write(`Changes since ${tag}\n\n`);
    const checks = ['--fail-on', 'none', '--check-version'];
    await flowwire('diff', join(folder, 'specs'), 'specs', ...checks, ...process.argv.slice(2));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
