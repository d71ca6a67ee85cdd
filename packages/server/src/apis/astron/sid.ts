import { hash, randomBytes } from 'node:crypto';

/** A new name for an answer, such as `spf00140001@hf19b737a7402000d782`. */
export const newSid = (now: number): string => toSid(randomBytes(8).toString('hex'), now);

/** The name of the answer that tells this part of a run: the same one whenever it is told again. */
export const sidOf = (part: string, beganAt: number): string => toSid(hash('sha256', part), beganAt);

/** The time in milliseconds stands in the middle, for people who look for it in a log. */
function toSid(digits: string, time: number): string {
  return `spf${digits.slice(0, 8)}@hf${time.toString(16).padStart(11, '0')}${digits.slice(8, 15)}`;
}

/** The number, as text, by which people's answers find a run. A run keeps it for ever. */
export const eventIdOf = (runId: string): string =>
  BigInt(`0x${hash('sha256', runId).slice(0, 15)}`).toString();
