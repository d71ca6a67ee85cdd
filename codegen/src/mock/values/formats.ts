import type { Random } from './random.ts';

const two = (value: number): string => String(value).padStart(2, '0');

const HEXADECIMAL = [...'0123456789abcdef'];
const hexadecimal = (length: number, random: Random): string =>
  Array.from({ length }, () => random.pick(HEXADECIMAL)).join('');

const date = (random: Random): string => `2026-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`;
const time = (random: Random): string =>
  `${two(random.integer(0, 23))}:${two(random.integer(0, 59))}:${two(random.integer(0, 59))}Z`;
const dateTime = (random: Random): string => `${date(random)}T${time(random)}`;

/** RFC 9562 section 5.4: version 4, variant 10. */
const uuid = (random: Random): string =>
  [
    hexadecimal(8, random),
    hexadecimal(4, random),
    `4${hexadecimal(3, random)}`,
    `${random.pick(['8', '9', 'a', 'b'])}${hexadecimal(3, random)}`,
    hexadecimal(12, random),
  ].join('-');

/** Domains and addresses that are kept for examples (RFC 2606, 5737 and 3849). */
const HOST = 'example.com';

const NAMES = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald', 'radia', 'ken'];

const email = (random: Random): string => `${random.pick(NAMES)}@${HOST}`;
const url = (random: Random): string => `https://${HOST}/${random.pick(NAMES)}`;

/**
 * Texts for the formats of JSON Schema 2020-12 validation section 7.3, of OpenAPI's registry and of Ajv.
 */
export const TEXT_FORMATS: Readonly<Record<string, (random: Random) => string>> = {
  date,
  time,
  'date-time': dateTime,
  'iso-time': time,
  'iso-date-time': dateTime,
  duration: (random) => `PT${random.integer(1, 59)}M`,
  email,
  'idn-email': email,
  hostname: (random) => `${random.pick(NAMES)}.${HOST}`,
  'idn-hostname': (random) => `${random.pick(NAMES)}.${HOST}`,
  ipv4: (random) => `192.0.2.${random.integer(1, 254)}`,
  ipv6: (random) => `2001:db8::${random.integer(1, 9999)}`,
  uri: url,
  url,
  iri: url,
  'uri-reference': (random) => `/${random.pick(NAMES)}`,
  'iri-reference': (random) => `/${random.pick(NAMES)}`,
  'uri-template': (random) => `/${random.pick(NAMES)}/{id}`,
  uuid,
  regex: () => '^[a-z]+$',
  'json-pointer': (random) => `/${random.pick(NAMES)}`,
  'json-pointer-uri-fragment': (random) => `#/${random.pick(NAMES)}`,
  'relative-json-pointer': (random) => `0/${random.pick(NAMES)}`,
  byte: (random) => Buffer.from(random.pick(NAMES) ?? '').toString('base64'),
};
