export * from './fixtures.ts';
export * from './manual-clock.ts';
export * from './memory-ports.ts';
