// `npm run conformance -- --base-url URL --key KEY`: holds a running server against the documents.
import { spawn } from 'node:child_process';
import { ensureGenerated, ensureInstalled, main, ROOT } from './lib/steps.mjs';

await main(async () => {
  await ensureInstalled();
  await ensureGenerated();
  const flags = ['--conditions=@flowwire/source', '--import', 'tsx'];
  const args = [...flags, 'conformance/src/cli.ts', ...process.argv.slice(2)];
  // Its exit code says what came of it, in words that it has printed already.
  process.exitCode = await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
});
