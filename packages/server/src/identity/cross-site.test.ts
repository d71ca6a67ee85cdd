import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { crossSiteOrigin } from './cross-site.ts';

const ALLOWED = 'https://app.example.com';
const HOST = { host: 'flows.example.com:8080' };

const caused = (headers: IncomingHttpHeaders) =>
  crossSiteOrigin({ method: 'POST', headers: { ...HOST, ...headers }, remoteAddress: '10.0.0.1' }, [ALLOWED]);

test.each<[name: string, headers: IncomingHttpHeaders]>([
  ['without either header', {}],
  ['from the same origin', { 'sec-fetch-site': 'same-origin' }],
  ['that a person typed', { 'sec-fetch-site': 'none' }],
  ['whose Origin is the host that was asked', { origin: 'http://flows.example.com:8080' }],
  ['whose Origin is that host behind TLS', { origin: 'https://flows.example.com:8080' }],
  ['of an allowed origin', { origin: ALLOWED }],
  ['of an allowed origin that is another site', { origin: ALLOWED, 'sec-fetch-site': 'cross-site' }],
])('a request %s passes', (_, headers) => {
  expect(caused(headers)).toBeUndefined();
});

test.each<[name: string, headers: IncomingHttpHeaders, origin: string]>([
  ['from another site', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }, 'https://evil.test'],
  [
    'from a sibling',
    { origin: 'https://x.example.com', 'sec-fetch-site': 'same-site' },
    'https://x.example.com',
  ],
  ['from another site that hides', { 'sec-fetch-site': 'cross-site' }, 'null'],
  ['with two answers at once', { 'sec-fetch-site': 'same-origin, cross-site' }, 'null'],
  ['of another origin', { origin: 'https://evil.test' }, 'https://evil.test'],
  ['of another port', { origin: 'http://flows.example.com' }, 'http://flows.example.com'],
  ['of no origin', { origin: 'null' }, 'null'],
  ['of something that is no origin', { origin: '*' }, '*'],
])('a request %s is refused', (_, headers, origin) => {
  expect(caused(headers)).toBe(origin);
});

test('a site cannot make itself allowed by what Sec-Fetch-Site does not say', () => {
  const headers = { ...HOST, origin: 'http://flows.example.com:8080', 'sec-fetch-site': 'cross-site' };
  expect(caused(headers)).toBe('http://flows.example.com:8080');
});
