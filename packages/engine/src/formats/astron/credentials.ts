import { isObject } from '../foreign.ts';

const CREDENTIALS: ReadonlySet<string> = new Set(['apiKey', 'apiSecret']);

/** Whether a node's parameters carry credentials of a model, at any depth. */
export function hasCredentials(param: unknown): boolean {
  if (Array.isArray(param)) return param.some(hasCredentials);
  if (!isObject(param)) return false;
  return Object.entries(param).some(([name, value]) =>
    CREDENTIALS.has(name) ? value !== '' && value !== null : hasCredentials(value),
  );
}

/** A node's parameters as they may be kept: credentials of models belong to the platform that they come from. */
export const withoutCredentials = (param: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(param).flatMap(([name, value]) => (CREDENTIALS.has(name) ? [] : [[name, strip(value)]])),
  );

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  return isObject(value) ? withoutCredentials(value) : value;
}
