import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attachment } from './attachment.ts';

test.each([
  ['invoice-17.pdf', 'attachment; filename="invoice-17.pdf"'],
  ['a b.txt', 'attachment; filename="a b.txt"'],
  ['发票.pdf', `attachment; filename="__.pdf"; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf`],
  ['"x\\y".txt', `attachment; filename="_x_y_.txt"; filename*=UTF-8''%22x%5Cy%22.txt`],
  ['50%41.txt', `attachment; filename="50_41.txt"; filename*=UTF-8''50%2541.txt`],
  ["it's (1)*é.txt", `attachment; filename="it's (1)*_.txt"; filename*=UTF-8''it%27s%20%281%29%2A%C3%A9.txt`],
])('%s', (name, header) => {
  expect(attachment(name)).toBe(header);
});

test('whatever the name, the header has one line of plain characters and the name can be read from it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const header = attachment(name);
      expect(header).toMatch(/^attachment; filename="[^"\\%]*"(?:; filename\*=UTF-8''[\w!#$&+.^`|~%-]*)?$/);
      expect(header).toMatch(/^[\x20-\x7e]*$/);
      const [, extended] = /''(.*)$/.exec(header) ?? [];
      const [, plain] = /filename="([^"]*)"/.exec(header) ?? [];
      expect(extended === undefined ? plain : decodeURIComponent(extended)).toBe(name);
    }),
  );
});
