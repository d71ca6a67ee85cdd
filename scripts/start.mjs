// `npm start`: sets up what is missing or stale, then runs the server.
import { spawn } from 'node:child_process';
import { ensureDocs, ensureGenerated, ensureInstalled, ensureServerBuilt, main, ROOT } from './lib/steps.mjs';

await main(async () => {
  await ensureInstalled();
  await ensureGenerated();
  await ensureServerBuilt();
  await ensureDocs();
  const server = spawn(
    process.execPath,
    ['--enable-source-maps', 'packages/server/dist/main.js', ...process.argv.slice(2)],
    {
      cwd: ROOT,
      stdio: 'inherit',
    },
  );
  // A terminal sends SIGINT to the server too; passed on, it would count as the second one.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => server.kill('SIGTERM'));
  server.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
});
