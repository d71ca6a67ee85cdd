import { expect, test } from 'vitest';
import { extractRenderer } from './renderer.ts';

test('the renderer is one script that runs in browsers and names no file beside it', async () => {
  const script = await extractRenderer();
  expect(script.length).toBeGreaterThan(1_000_000);
  expect(script).toContain('createApiReference');
  expect(script).not.toContain('sourceMappingURL');
  // A plain script: pages that were opened from a disk may not load modules.
  expect(script).toMatch(/^\(function\(\)/);
});
