import type { Helper } from './helpers.ts';
import type { Module } from './scope.ts';

interface Format {
  readonly type: 'string' | 'number';
  /** What a client tests: short, and perhaps too generous. */
  readonly pattern?: RegExp;
  /** What a server tests when the pattern is not the whole truth: the name of a helper. */
  readonly test?: keyof typeof FORMAT_HELPERS;
}

const text = (pattern?: RegExp, test?: Format['test']): Format => ({
  type: 'string',
  ...(pattern && { pattern }),
  ...(test && { test }),
});

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const LABEL = /[A-Za-z\d](?:[A-Za-z\d-]{0,61}[A-Za-z\d])?/.source;
const HOSTNAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const CLOCK = /(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?/.source;
const DATE = /\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])/.source;
const OFFSET = /(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)/.source;
// ISO 8601 allows a shorter offset, or none.
const LOOSE_OFFSET = /(?:[Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?/.source;
const VARIABLE = /(?:\w|%[\dA-Fa-f]{2})+(?:\.(?:\w|%[\dA-Fa-f]{2})+)*(?::[1-9]\d{0,3}|\*)?/.source;

/**
 * The formats that are tested, each as its standard defines it: those of JSON Schema 2020-12 validation,
 * section 7.3, as far as they need no tables of Unicode, those of OpenAPI, and a few that Ajv made usual.
 * Patterns are such that their time grows with the length of the text.
 */
const FORMATS: Readonly<Record<string, Format>> = {
  // RFC 3339 section 5.6.
  date: text(new RegExp(`^${DATE}$`), 'isDate'),
  time: text(new RegExp(`^${CLOCK}${OFFSET}$`), 'isTime'),
  'date-time': text(new RegExp(`^${DATE}[Tt]${CLOCK}${OFFSET}$`), 'isDateTime'),
  'iso-time': text(new RegExp(`^${CLOCK}${LOOSE_OFFSET}$`)),
  'iso-date-time': text(new RegExp(`^${DATE}[Tt ]${CLOCK}${LOOSE_OFFSET}$`), 'isIsoDateTime'),
  // RFC 3339 appendix A: what stands between two parts cannot be left out.
  duration: text(
    /^P(?:\d+W|(?=[\dT])(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)?(?:T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))?)$/,
  ),
  // RFC 3986.
  uri: text(/^[A-Za-z][A-Za-z\d+.-]*:[^\s"<>\\^`{|}]*$/, 'isUri'),
  'uri-reference': text(/^[^\s"<>\\^`{|}]*$/, 'isUriReference'),
  url: text(/^(?:https?|ftp):\/\/[^\s/?#"<>\\^`{|}][^\s"<>\\^`{|}]*$/i, 'isUrl'),
  // RFC 6570 section 2.
  'uri-template': text(
    new RegExp(
      `^(?:[^\\x00-\\x20\\x7f"'%<>\\\\^\`{|}]|%[\\dA-Fa-f]{2}|\\{[+#./;?&=,!@|]?${VARIABLE}(?:,${VARIABLE})*\\})*$`,
    ),
  ),
  // RFC 5321 section 4.1.2.
  email: text(/^[\s\S]+@[^\s@]+$/, 'isEmail'),
  // RFC 1123 section 2.1.
  hostname: text(HOSTNAME, 'isHostname'),
  // RFC 2673 section 3.2.
  ipv4: text(IPV4),
  // RFC 4291 section 2.2.
  ipv6: text(/^[\dA-Fa-f:.]+$/, 'isIpv6'),
  regex: text(undefined, 'isPattern'),
  // RFC 4122 section 3.
  uuid: text(/^[\dA-Fa-f]{8}(?:-[\dA-Fa-f]{4}){3}-[\dA-Fa-f]{12}$/),
  // RFC 6901.
  'json-pointer': text(/^(?:\/(?:[^~/]|~[01])*)*$/),
  'json-pointer-uri-fragment': text(/^#(?:\/(?:[\w.!$&'()*+,;:=@-]|%[\dA-Fa-f]{2}|~[01])*)*$/),
  'relative-json-pointer': text(/^(?:0|[1-9]\d*)(?:#|(?:\/(?:[^~/]|~[01])*)*)$/),
  // RFC 4648 section 4.
  byte: text(/^[A-Za-z\d+/]*={0,2}$/, 'isBase64'),
  int32: { type: 'number', test: 'isInt32' },
  int64: { type: 'number', test: 'isInt64' },
  // These say what a value is for, and exclude none.
  float: { type: 'number' },
  double: { type: 'number' },
  password: text(),
  binary: text(),
};

/** The formats that are not merely annotations. */
export const KNOWN_FORMATS: ReadonlySet<string> = new Set(Object.keys(FORMATS));

/** Whether a value has a format, as an expression; undefined when there is nothing to test. */
export function formatTest(
  module: Module,
  name: string,
  type: Format['type'],
  value: string,
): string | undefined {
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format?.type !== type) return undefined;
  if (module.audience === 'server' && format.test) return `${module.helper(format.test)}(${value})`;
  return format.pattern && `${module.constant('format', String(format.pattern), [name])}.test(${value})`;
}

/** Helpers as in helpers.ts, for formats that a pattern cannot tell. */
export const FORMAT_HELPERS = {
  isDate: {
    code: `const datePattern = ${new RegExp(`^${DATE}$`)};

function isDate(text) {
  if (!datePattern.test(text)) return false;
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(5, 7));
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return Number(text.slice(8)) <= days;
}
`,
  },
  isTime: {
    code: `const timePattern = /^(\\d\\d):(\\d\\d):(\\d\\d)(?:\\.\\d+)?(?:[Zz]|([+-])(\\d\\d):(\\d\\d))$/;

function isTime(text) {
  const parts = timePattern.exec(text);
  if (parts === null) return false;
  const [, hour, minute, second, sign, offsetHour = 0, offsetMinute = 0] = parts;
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  if (second < 60) return true;
  // A leap second is the last one of a day in UTC.
  const offset = (sign === '-' ? -1 : 1) * (offsetHour * 60 + Number(offsetMinute));
  return (hour * 60 + Number(minute) - offset + 2880) % 1440 === 1439;
}
`,
  },
  isDateTime: {
    needs: ['isDate', 'isTime'],
    code: `function isDateTime(text) {
  return (text[10] === 'T' || text[10] === 't') && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}
`,
  },
  isIsoDateTime: {
    needs: ['isDate'],
    code: `const isoTimePattern = ${new RegExp(`^[Tt ]${CLOCK}${LOOSE_OFFSET}$`)};

function isIsoDateTime(text) {
  return isDate(text.slice(0, 10)) && isoTimePattern.test(text.slice(10));
}
`,
  },
  isUriReference: {
    needs: ['isIpv6'],
    code: `const uriParts = /^(?:([^:/?#]*):)?(?:\\/\\/([^/?#]*))?([^?#]*)(?:\\?([^#]*))?(?:#([^]*))?$/;
const uriScheme = /^[A-Za-z][A-Za-z\\d+.-]*$/;
const uriAuthority =
  /^(?:(?:[\\w.~!$&'()*+,;=:-]|%[\\dA-Fa-f]{2})*@)?(?:\\[([^\\]]*)\\]|(?:[\\w.~!$&'()*+,;=-]|%[\\dA-Fa-f]{2})*)(?::\\d*)?$/;
const uriPath = /^(?:[\\w.~!$&'()*+,;=:@/-]|%[\\dA-Fa-f]{2})*$/;
const uriQuery = /^(?:[\\w.~!$&'()*+,;=:@/?-]|%[\\dA-Fa-f]{2})*$/;
const ipFuture = /^[Vv][\\dA-Fa-f]+\\.[\\w.~!$&'()*+,;=:-]+$/;

function isUriReference(text) {
  const [, scheme, authority, path = '', query = '', fragment = ''] = uriParts.exec(text) ?? [];
  if (scheme !== undefined && !uriScheme.test(scheme)) return false;
  if (authority !== undefined) {
    const host = uriAuthority.exec(authority);
    if (host === null) return false;
    if (host[1] !== undefined && !isIpv6(host[1]) && !ipFuture.test(host[1])) return false;
  }
  return uriPath.test(path) && uriQuery.test(query) && uriQuery.test(fragment);
}
`,
  },
  isUri: {
    needs: ['isUriReference'],
    code: `function isUri(text) {
  return /^[A-Za-z][A-Za-z\\d+.-]*:/.test(text) && isUriReference(text);
}
`,
  },
  isUrl: {
    needs: ['isUriReference'],
    code: `function isUrl(text) {
  return /^(?:https?|ftp):\\/\\/[^/?#]/i.test(text) && isUriReference(text);
}
`,
  },
  isEmail: {
    needs: ['isHostname', 'isIpv6'],
    code: `const emailName =
  /^(?:[\\w!#$%&'*+/=?^\`{|}~-]+(?:\\.[\\w!#$%&'*+/=?^\`{|}~-]+)*|"(?:[ !#-[\\]-~]|\\\\[ -~])*")$/;

function isEmail(text) {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > 64 || !emailName.test(text.slice(0, at))) return false;
  const domain = text.slice(at + 1);
  if (!domain.startsWith('[') || !domain.endsWith(']')) return isHostname(domain);
  const address = domain.slice(1, -1);
  return address.startsWith('IPv6:') ? isIpv6(address.slice(5)) : ipv4Pattern.test(address);
}
`,
  },
  isHostname: {
    code: `const hostnamePattern = ${HOSTNAME};

function isHostname(text) {
  return text.length <= 253 && hostnamePattern.test(text);
}
`,
  },
  isIpv6: {
    code: `const ipv4Pattern = ${IPV4};

function isIpv6(text) {
  const halves = text.split('::', 3);
  if (text.length > 45 || halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  let size = groups.length;
  if (last.includes('.') && text.endsWith(last)) {
    if (!ipv4Pattern.test(last)) return false;
    groups.pop();
    size += 1;
  }
  return groups.every((group) => /^[\\dA-Fa-f]{1,4}$/.test(group)) && (halves.length === 2 ? size <= 7 : size === 8);
}
`,
  },
  isPattern: {
    code: `function isPattern(text) {
  try {
    return new RegExp(text, 'u') !== undefined;
  } catch {
    return false;
  }
}
`,
  },
  isBase64: {
    code: `const base64Pattern = /^[A-Za-z\\d+/]*={0,2}$/;

function isBase64(text) {
  return text.length % 4 === 0 && base64Pattern.test(text);
}
`,
  },
  isInt32: {
    code: `function isInt32(value) {
  return (value | 0) === value;
}
`,
  },
  isInt64: {
    code: `function isInt64(value) {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}
`,
  },
} as const satisfies Record<string, Helper>;
