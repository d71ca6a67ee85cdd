import { type Cursor, child, text } from './cursor.ts';
import type { Documents } from './documents.ts';

/** The dialects of JSON Schema that are read as what they are. */
const KNOWN_DIALECTS = [
  /^https:\/\/spec\.openapis\.org\/oas\/3\.\d+\/dialect\//,
  /^https?:\/\/json-schema\.org\/draft(-0[4-7]|\/2019-09|\/2020-12)\/schema#?$/,
];

type Report = Pick<Documents, 'report' | 'warn'>;

function checkDialect(root: Cursor, to: Report): void {
  for (const keyword of ['jsonSchemaDialect', '$schema']) {
    const dialect = child(root, keyword);
    if (dialect.value === undefined || KNOWN_DIALECTS.some((known) => known.test(text(dialect) ?? '')))
      continue;
    const advice = 'Schemas are read as JSON Schema 2020-12.';
    to.warn(dialect, `The dialect ${String(dialect.value)} is not known. ${advice}`);
  }
}

/**
 * Whether the document is an OpenAPI or AsyncAPI document of a version that is supported. Another version is
 * an error, a bare JSON Schema is not.
 */
export function checkVersion(root: Cursor, to: Report): boolean {
  checkDialect(root, to);
  const version = (key: string): string | undefined => {
    const { value } = child(root, key);
    return value === undefined ? undefined : String(value);
  };
  const [swagger, openapi, asyncapi] = [version('swagger'), version('openapi'), version('asyncapi')];
  if (openapi !== undefined && /^3\.[0-2]\./.test(openapi)) return true;
  if (asyncapi !== undefined && /^3\.\d+\./.test(asyncapi)) return true;
  if (openapi !== undefined) {
    to.report(child(root, 'openapi'), `OpenAPI ${openapi} is not supported. Use 3.2, 3.1 or 3.0.`);
  } else if (asyncapi !== undefined) {
    to.report(child(root, 'asyncapi'), `AsyncAPI ${asyncapi} is not supported. Use 3.1 or 3.0.`);
  } else if (swagger === '2.0') {
    to.report(child(root, 'swagger'), 'Swagger 2.0 is not supported. Convert the document to OpenAPI 3.');
  }
  return false;
}
