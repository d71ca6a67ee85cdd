/** Seconds since the epoch, as the documents count time. */
export const epochSeconds = (ms: number): number => Math.floor(ms / 1000);
