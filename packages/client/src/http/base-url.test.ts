import { afterEach, expect, test, vi } from 'vitest';
import { createClient } from '../client.ts';
import { fixture } from '../testing/contract.ts';
import { resolveBaseUrl } from './base-url.ts';

afterEach(() => vi.unstubAllGlobals());

test.each([
  ['https://flows.example.com', 'https://flows.example.com'],
  ['https://flows.example.com/', 'https://flows.example.com'],
  ['http://127.0.0.1:8080/a/b//', 'http://127.0.0.1:8080/a/b'],
])('%s is the start of every path', (given, want) => {
  expect(resolveBaseUrl(given)).toBe(want);
});

test.each([
  ['not a url'],
  ['flows.example.com'],
  ['localhost:8080'],
  ['ftp://flows.example.com'],
  ['https://'],
  [''],
  ['/flows'],
  ['https://flows.example.com?a=1'],
  ['https://flows.example.com#a'],
  ['https://user:hunter2@flows.example.com'],
])('a client is not made for %j', (baseUrl) => {
  const make = () => createClient(fixture, { baseUrl });
  expect(make).toThrow(TypeError);
  expect(make).toThrow("such as 'https://flows.example.com'");
  expect(make).not.toThrow('hunter2');
});

test.each([
  ['', 'https://page.example'],
  ['/', 'https://page.example'],
  ['/flows/', 'https://page.example/flows'],
  ['./flows', 'https://page.example/app/flows'],
  ['//other.example', 'https://other.example'],
])('on a page %j is resolved against its address', (given, want) => {
  vi.stubGlobal('location', { href: 'https://page.example/app/' });
  expect(resolveBaseUrl(given)).toBe(want);
});

test.each(['not a url', 'flows.example.com'])('on a page %j is still refused', (given) => {
  vi.stubGlobal('location', { href: 'https://page.example/app/' });
  expect(() => resolveBaseUrl(given)).toThrow(TypeError);
});
