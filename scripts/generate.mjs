// `npm run generate`: writes what is generated from specs/.
import { ensureInstalled, generate, main } from './lib/steps.mjs';

await main(async () => {
  await ensureInstalled();
  await generate(...process.argv.slice(2));
});
