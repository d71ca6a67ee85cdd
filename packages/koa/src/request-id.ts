import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';

const HEADER = 'X-Request-Id';
// What is taken from outside goes into logs and bodies as it is: no space, no quote, no line break.
const ID = /^[\w.-]{1,64}$/;

/**
 * Puts an id on the answer and answers it: the one that a middleware before has put there, else that of
 * the request, else a random one. Some 1 us, of which the random number is 0.2; Koa's own access to headers
 * would add a third.
 */
export const identify = ({ req, res }: Context): string => {
  const set = res.getHeader(HEADER);
  if (typeof set === 'string') return set;
  const given = req.headers['x-request-id'];
  const id = typeof given === 'string' && ID.test(given) ? given : randomUUID();
  res.setHeader(HEADER, id);
  return id;
};
