import { randomUUID } from 'node:crypto';
import type { Context } from 'koa';

export const REQUEST_ID = 'X-Request-Id';
// What is taken from outside goes into logs and bodies as it is: no space, no quote, no line break.
const ID = /^[\w.-]{1,64}$/;

/**
 * The id of a request: the one that a middleware before has put on the answer, else that of the request, else
 * a random one. It is put on the answer with the other headers and not here: Node keeps headers that are set
 * one by one as long as the answer lasts, some 1 kB for each open stream.
 */
export const identify = ({ req, res }: Context): string => {
  const set = res.getHeader(REQUEST_ID);
  if (typeof set === 'string') return set;
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && ID.test(given) ? given : randomUUID();
};
