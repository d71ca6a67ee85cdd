/** What the engine needs of the world, one file a subject. */
export * from './ports/clock.ts';
export * from './ports/keeping.ts';
export * from './ports/models.ts';
export * from './ports/page.ts';
export * from './ports/queue.ts';
export * from './ports/runs.ts';
export * from './ports/schedules.ts';
export * from './ports/stats.ts';
export * from './ports/workflows.ts';
