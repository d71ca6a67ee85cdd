/** Asks from time to time whether the other side is there. */
export interface Heartbeat {
  /** Something came. */
  heard(): void;
  stop(): void;
}

/**
 * Calls `ping` every `intervalMs`, and `dead` where nothing at all came between two of them. `isDeaf` says
 * that nothing can come at the moment because nobody reads.
 */
export function startHeartbeat(
  intervalMs: number,
  {
    ping,
    dead,
    isDeaf,
  }: { readonly ping: () => void; readonly dead: () => void; readonly isDeaf: () => boolean },
): Heartbeat {
  let hasHeard = true;
  const timer = setInterval(() => {
    if (!hasHeard && !isDeaf()) return dead();
    hasHeard = false;
    ping();
  }, intervalMs);
  return {
    heard() {
      hasHeard = true;
    },
    stop: () => clearInterval(timer),
  };
}
