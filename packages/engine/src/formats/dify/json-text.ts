import { isDeeperThan } from '../../json.ts';

// What walks parsed values recurses.
const MAX_LEVELS = 100;

/** The value of a JSON text; undefined for text that is none, or nests deeper than 100 levels. */
export function parseJsonText(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeperThan(value, MAX_LEVELS) ? undefined : value;
  } catch {
    return undefined;
  }
}
