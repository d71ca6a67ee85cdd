import type { RateCount, RatePolicy, RateState } from './rate-limiter.ts';

/** A count that goes on. */
interface Window extends RateCount {
  used: number;
}

/** Fixed windows in memory, each beginning with its first request. */
export interface Windows {
  take(policy: RatePolicy, subject: string): RateState;
  /** Goes on with a count that was kept. Those of one policy are restored in the order in which they end. */
  restore(count: RateCount): void;
  /** The counts that differ from what was kept. */
  changed(): RateCount[];
  /** Says that these are kept now. */
  kept(counts: readonly RateCount[]): void;
  forgetEnded(): void;
}

/** Names of policies have no space. */
const keyOf = (policy: string, subject: string): string => `${policy} ${subject}`;
const policyOf = (key: string): string => key.slice(0, key.indexOf(' '));

/** Of each policy it knows `maxSubjects`; for further ones it forgets the windows that began first. */
export function createWindows(now: () => number, maxSubjects: number): Windows {
  // By policy, so that strangers' addresses cannot push out keys; then by key, those that began first in front.
  const policies = new Map<string, Map<string, Window>>();
  const changed = new Map<string, Window>();

  function windowsOf(policy: string): Map<string, Window> {
    const windows = policies.get(policy) ?? new Map<string, Window>();
    policies.set(policy, windows);
    return windows;
  }

  function forget(windows: Map<string, Window>, { key }: Window): void {
    windows.delete(key);
    changed.delete(key);
  }

  function open(windows: Map<string, Window>, window: Window): Window {
    const [oldest] = windows.values();
    if (windows.size >= maxSubjects && oldest) forget(windows, oldest);
    windows.set(window.key, window);
    return window;
  }

  function find({ name, windowMs }: RatePolicy, subject: string): Window {
    const time = now();
    const windows = windowsOf(name);
    const key = keyOf(name, subject);
    const known = windows.get(key);
    // One that ends later than it could is of a clock that was set back, or of a longer window.
    if (known && known.resetAt > time && known.resetAt <= time + windowMs) return known;
    if (known) forget(windows, known);
    return open(windows, { key, used: 0, resetAt: time + windowMs });
  }

  return {
    take(policy, subject) {
      const window = find(policy, subject);
      const allowed = window.used < policy.quota;
      if (allowed) {
        window.used += 1;
        changed.set(window.key, window);
      }
      return { allowed, remaining: Math.max(0, policy.quota - window.used), resetAt: window.resetAt };
    },

    restore(count) {
      open(windowsOf(policyOf(count.key)), { ...count });
    },

    changed: () => Array.from(changed.values(), (window) => ({ ...window })),

    kept(counts) {
      for (const { key, used } of counts) if (changed.get(key)?.used === used) changed.delete(key);
    },

    forgetEnded() {
      const time = now();
      for (const windows of policies.values()) {
        // Windows of a policy are equally long: those in front end first.
        for (const window of windows.values()) {
          if (window.resetAt > time) break;
          forget(windows, window);
        }
      }
    },
  };
}
