import type { HttpBody, HttpNode } from '../../../definition/types.ts';
import { isSensitive } from '../../secrets.ts';
import type { Conversion } from '../conversion.ts';
import { parseJsonText } from '../json-text.ts';
import { at, itemsAt, type Place, selectorAt, textAt } from '../place.ts';

type Body = Pick<HttpNode, 'body'>;

/** The body of a request: a list of items, or in older files one text. */
export function readBody(conversion: Conversion): Body {
  const body = at(conversion.data, 'body');
  const type = textAt(body, 'type') ?? 'none';
  switch (type) {
    case 'none':
      return {};
    case 'raw-text':
      return ofText(body, conversion);
    case 'json':
      return ofJson(body, conversion);
    case 'x-www-form-urlencoded':
      return { body: { type: 'form', content: readFields(body, conversion) } };
    case 'form-data':
      return { body: { type: 'multipart', content: readFields(body, conversion) } };
    case 'binary':
      return ofFile(body, conversion);
    default:
      conversion.problem('its kind of body is not known', at(body, 'type'));
      return {};
  }
}

/** Where the one text of a body stands. */
const soleText = (body: Place): Place => {
  const data = at(body, 'data');
  return Array.isArray(data.value) ? at(data, 0, 'value') : data;
};

function ofText(body: Place, { text }: Conversion): Body {
  const content = text(soleText(body));
  return content === '' ? {} : { body: { type: 'text', content } };
}

/**
 * Text that is JSON while its references are texts is sent as JSON, in which their values are quoted as they
 * should be. Other text, with references in place of whole values, is sent as it comes out.
 */
function ofJson(body: Place, conversion: Conversion): Body {
  const { text, note } = conversion;
  const content = text(soleText(body));
  if (content.trim() === '') return {};
  const json = parseJsonText(content);
  if (json === undefined) return { body: { type: 'text', content, content_type: 'application/json' } };
  if (content.includes('{{')) note('a reference that is alone in its quotes keeps its type in the JSON body');
  return { body: { type: 'json', content: withoutCredentials(json, body, conversion) } };
}

/** JSON without the credentials in members such as `api_key`. */
function withoutCredentials(json: unknown, body: Place, conversion: Conversion): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map((item: unknown) => withoutCredentials(item, body, conversion));
  const members = Object.entries(json).map(([key, value]: [string, unknown]) => {
    // What has references already is in the native spelling, and no credential as a whole.
    const isCredential = typeof value === 'string' && isSensitive(key) && !value.includes('{{');
    const kept = isCredential
      ? conversion.credential(value, key, body)
      : withoutCredentials(value, body, conversion);
    return [key, kept] as const;
  });
  return Object.fromEntries(members);
}

function ofFile(body: Place, { reference, note }: Conversion): Body {
  note('the body is the member `base64` of the file');
  const file = reference(at(body, 'data', 0, 'file'));
  return { body: { type: 'binary', content: file.replace(' }}', '.base64 }}') } };
}

/** The fields of a form: `{key, type, value, file}`, or lines of `key:value`. */
function readFields(body: Place, conversion: Conversion): HttpBody['content'] {
  const fields = new Map<string, string>();
  const data = at(body, 'data');
  const isText = typeof data.value === 'string';
  for (const [key, value] of isText ? readLines(data, conversion) : readItems(data, conversion)) {
    if (key === '') continue;
    if (key.includes('{{#')) conversion.problem('the name of a field is a reference', data);
    fields.set(key, value);
  }
  return Object.fromEntries(fields);
}

type Field = readonly [key: string, value: string];

function readLines(data: Place, conversion: Conversion): readonly Field[] {
  return (textAt(data) ?? '').split(/\r?\n/).map((line): Field => {
    const [key = '', ...value] = line.split(':');
    return readField(key.trim(), value.join(':').trim(), data, conversion);
  });
}

function readItems(data: Place, conversion: Conversion): readonly Field[] {
  return itemsAt(data).map((item): Field => {
    const key = textAt(item, 'key')?.trim() ?? '';
    if (textAt(item, 'type') !== 'file') {
      return readField(key, textAt(item, 'value') ?? '', at(item, 'value'), conversion);
    }
    conversion.note('files are sent from objects {filename, content_type, base64}');
    const file = at(item, 'file');
    return [key, selectorAt(file) ? conversion.reference(file) : conversion.reference(at(item, 'value'))];
  });
}

const readField = (key: string, value: string, place: Place, { credential, textOf }: Conversion): Field => [
  key,
  isSensitive(key) ? credential(value, key, place) : textOf(value, place),
];
