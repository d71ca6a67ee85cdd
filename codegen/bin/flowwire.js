#!/usr/bin/env node
// A file that is there before the first build: npm links only commands that it finds when it installs.
import { existsSync } from 'node:fs';

const command = new URL('../dist/cli.js', import.meta.url);
if (existsSync(command)) await import(command.href);
else {
  process.stderr.write('flowwire is not built yet. Run `npm run build` in the repository.\n');
  process.exitCode = 1;
}
