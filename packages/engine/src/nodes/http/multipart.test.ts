import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeMultipart } from './multipart.ts';

// Line breaks inside of a value become one kind for some readers; names and files keep theirs.
const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/%(?:0D|0A|22)/.test(text));
const bytes = fc.uint8Array({ maxLength: 200 });

test('whatever the fields hold, another reader finds the same fields', async () => {
  const field = fc.oneof(
    fc.record({ text: fc.string({ unit: 'grapheme' }) }),
    fc.record({ filename: name, data: bytes }),
  );
  const fields = fc.uniqueArray(fc.tuple(name, field), {
    selector: ([key]) => key,
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(fields, async (given) => {
      const content = given.map(([key, value]) => [
        key,
        'text' in value
          ? value.text
          : {
              filename: value.filename,
              content_type: 'image/png',
              base64: Buffer.from(value.data).toString('base64'),
            },
      ]);
      const { contentType, data } = encodeMultipart(Object.fromEntries(content));
      const form = await new Response(Buffer.from(data), {
        headers: { 'content-type': contentType },
      }).formData();
      expect([...form.keys()].sort()).toEqual(given.map(([key]) => key).sort());
      for (const [key, value] of given) {
        const found = form.get(key);
        if ('text' in value) expect(found).toBe(value.text);
        else if (found === null || typeof found === 'string') expect.fail(`${key} is no file`);
        else {
          expect([found.name, found.type]).toEqual([value.filename, 'image/png']);
          expect(Buffer.from(await found.arrayBuffer())).toEqual(Buffer.from(value.data));
        }
      }
    }),
  );
});

test('no two bodies have the same boundary', () => {
  expect(encodeMultipart({ a: 'b' }).contentType).not.toBe(encodeMultipart({ a: 'b' }).contentType);
});
