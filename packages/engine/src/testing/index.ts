export * from './fixtures.ts';
export * from './memory-ports.ts';
