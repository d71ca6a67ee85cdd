// `npm run docs`: the documentation of the APIs, which the server shows at /docs. Arguments go to flowwire docs.
import { buildDocs, ensureInstalled, main, step } from './lib/steps.mjs';

await main(async () => {
  await ensureInstalled();
  await step('Building the documentation', () => buildDocs(...process.argv.slice(2)));
});
