export * from './fixtures.ts';
export * from './manual-clock.ts';
export * from './memory-ports.ts';
export * from './memory-queue.ts';
export * from './memory-wake.ts';
