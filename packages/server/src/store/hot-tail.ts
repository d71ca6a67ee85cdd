import type { StoredEvent } from '@flowwire/engine';

/** What the memory of recent events may hold. Beyond it the oldest go, and readers use the table. */
export interface HotTailLimits {
  readonly eventsPerRun: number;
  readonly runs: number;
  /** Of those, runs that have ended: late readers of the last few, and no others, find them here. */
  readonly endedRuns: number;
  /** Of all events together, by the length of their JSON text. */
  readonly bytes: number;
}

export const HOT_TAIL_LIMITS: HotTailLimits = {
  eventsPerRun: 512,
  runs: 4_096,
  endedRuns: 64,
  bytes: 16 * 1024 * 1024,
};

/** A page ends with the event that brings it to this length, by the JSON text of its events. */
export const PAGE_BYTES = 256 * 1024;

/** A committed event with the length of its JSON text. */
export interface SizedEvent {
  readonly stored: StoredEvent;
  readonly bytes: number;
}

interface Window {
  /** Contiguous, up to `last`. */
  readonly events: SizedEvent[];
  last: number;
  bytes: number;
  /** Nothing above `last` was committed when it was added. */
  atHead: boolean;
}

/**
 * The last committed events of the runs used last, the same objects for every reader, so that others can
 * cache what they make of an event by its identity. Committed events never change: what is in here stays
 * true whoever writes. Only that nothing follows the last event is known to a sole writer alone.
 */
export interface HotTail {
  /** Adds the events that follow `after`. `atHead`: no others follow them. */
  add(runId: string, after: number, events: readonly SizedEvent[], atHead: boolean): void;
  /** A page of `EventLog.read`; undefined when only the table knows. */
  read(runId: string, after: number, limit: number): readonly StoredEvent[] | undefined;
  /** Drops what it has of a run. */
  forget(runId: string): void;
}

export function createHotTail(limits: HotTailLimits, soleWriter: boolean): HotTail {
  // In order of last use: a Map iterates in order of insertion.
  const windows = new Map<string, Window>();
  // In order of their end.
  const ended = new Set<string>();
  let bytes = 0;

  const touch = (runId: string, window: Window) => {
    windows.delete(runId);
    windows.set(runId, window);
  };

  const drop = (runId: string, window: Window) => {
    windows.delete(runId);
    ended.delete(runId);
    bytes -= window.bytes;
  };

  const evict = () => {
    const [firstEnded] = ended;
    const window = firstEnded === undefined ? undefined : windows.get(firstEnded);
    if (ended.size > limits.endedRuns && firstEnded !== undefined && window) drop(firstEnded, window);
    for (const [runId, window] of windows) {
      if (windows.size <= limits.runs && bytes <= limits.bytes) return;
      drop(runId, window);
    }
  };

  /** The run's window when it reaches `after`, else an empty one that begins there. */
  const windowFrom = (runId: string, after: number): Window => {
    const window = windows.get(runId);
    if (window && window.last >= after) return window;
    if (window) drop(runId, window);
    return { events: [], last: after, bytes: 0, atHead: false };
  };

  const grow = (window: Window, added: readonly SizedEvent[]) => {
    for (const event of added) window.events.push(event);
    window.last += added.length;
    const surplus = Math.max(0, window.events.length - limits.eventsPerRun);
    const growth = sizeOf(added) - sizeOf(window.events.splice(0, surplus));
    window.bytes += growth;
    bytes += growth;
  };

  return {
    add(runId, after, events, atHead) {
      const known = windows.get(runId);
      if (events.length === 0) {
        if (known?.last === after) known.atHead = atHead;
        return;
      }
      const window = windowFrom(runId, after);
      const end = after + events.length;
      if (window.last > end) return;
      grow(window, events.slice(window.last - after));
      window.atHead = atHead;
      touch(runId, window);
      if (events.at(-1)?.stored.event.type === 'run_finished') ended.add(runId);
      evict();
    },

    read(runId, after, limit) {
      const window = windows.get(runId);
      if (!window) return undefined;
      const start = after - window.last + window.events.length;
      if (start < 0) return undefined;
      const known = start < window.events.length || (soleWriter && window.atHead);
      if (!known) return undefined;
      touch(runId, window);
      return window.events.slice(start, pageEnd(window.events, start, limit)).map(({ stored }) => stored);
    },

    forget(runId) {
      const window = windows.get(runId);
      if (window) drop(runId, window);
    },
  };
}

const sizeOf = (events: readonly SizedEvent[]) => events.reduce((sum, event) => sum + event.bytes, 0);

/** Where a page ends that begins at `start`: behind the event that reaches one of its two bounds. */
function pageEnd(events: readonly SizedEvent[], start: number, limit: number): number {
  const furthest = Math.min(start + limit, events.length);
  let end = start;
  for (let bytes = 0; end < furthest && bytes < PAGE_BYTES; end += 1) bytes += events[end]?.bytes ?? 0;
  return end;
}
