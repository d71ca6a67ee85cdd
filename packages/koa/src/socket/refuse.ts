import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Problem } from '../problem.ts';

const CLOSE_TIMEOUT_MS = 5000;

/** Answers a request that would open a connection, and closes (RFC 6455 section 4.2.2). */
export const refuse = (socket: Duplex, { status, message, headers = {} }: Omit<Problem, 'kind'>): void => {
  const body = `${message}\n`;
  const head = {
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, ' ')}`);
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  // A client that does not take the answer keeps its connection no longer than that.
  const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS).unref();
  socket.once('close', () => clearTimeout(timer));
};

/**
 * Whether a page may connect: one of the server's own host, or of an origin that is listed. Cookies and local
 * addresses would open a socket to any page else. Programs send no Origin.
 */
export const mayConnect = ({ headers }: IncomingMessage, origins: readonly string[]): boolean => {
  const { origin, host } = headers;
  if (origin === undefined || origins.includes(origin)) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
};
