import { type Caller, StuckError } from '../api.ts';

/** A member of a JSON object; undefined where there is none. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

/** A member that is a text. Throws StuckError when it is none. */
export function textOf(value: unknown, name: string): string {
  const text = member(value, name);
  if (typeof text !== 'string') throw new StuckError(name);
  return text;
}

const codeIn = (value: unknown): string | number | undefined => {
  const code = member(value, 'code');
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
};

/** The code of a body `{code, message, ...}`, where it is an error. */
export const bodyCode = (body: unknown): string | number | undefined =>
  member(body, 'message') === undefined ? undefined : codeIn(body);

/** The code of a body `{error: {code, message, ...}}`. */
export const errorCode = (body: unknown): string | number | undefined => codeIn(member(body, 'error'));

/** Notes a fault that only the story of several requests shows. */
export const noteFault = (caller: Caller, operationId: string, what: string, fault: string): void =>
  caller.ledger.note({ api: caller.contract.name, operationId, what, fault });
