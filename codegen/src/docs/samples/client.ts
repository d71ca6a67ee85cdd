import { propertyKey, quote } from '../../emit/text.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { camelCase, pascalCase } from '../../model/names.ts';
import type { BundledDocument } from '../document.ts';
import type { ExampleValues } from '../example-values.ts';
import type { OperationView } from '../operations.ts';
import { Code, codeOf } from './code.ts';
import { requiredParameters, sampleRequest } from './request.ts';

/** Where the generated client of an API comes from. */
export interface ClientSource {
  /** Name of the API, in kebab-case. */
  readonly name: string;
  /** A module that exports `create<Name>`; without one the sample makes the client of a generated contract. */
  readonly module?: string;
}

/** The groups that a method's input has (`path`, `query`, ...), by where a parameter is. */
const GROUPS: Readonly<Record<string, string>> = {
  path: 'path',
  query: 'query',
  querystring: 'querystring',
  header: 'headers',
  cookie: 'cookies',
};

/** The imports and the client, which every sample begins with. */
export function clientCode({ name, module }: ClientSource, baseUrl: string, needsKey: boolean): string {
  const options = { baseUrl, ...(needsKey && { auth: new Code('process.env.API_KEY') }) };
  const given = codeOf(options, '', 34);
  if (module !== undefined) {
    const create = `create${pascalCase(name)}`;
    return `import { ${create} } from ${quote(module)};\n\nconst api = ${create}(${given});\n`;
  }
  const contract = camelCase(name);
  return [
    `import { createClient } from '@flowwire/client';\n`,
    `import { ${contract} } from ${quote(`./${name}/index.js`)};\n\n`,
    `const api = createClient(${contract}, ${given});\n`,
  ].join('');
}

/** The body as the client takes it: an object, a Blob for bytes, and without the field that the client sets. */
function bodyValue(operation: OperationView, document: BundledDocument, values: ExampleValues): unknown {
  const { body } = sampleRequest(operation, document, values, undefined);
  if (!body) return undefined;
  if (body.kind === 'raw') return body.text ?? new Code(`new Blob(['the bytes'])`);
  if (body.kind === 'json') {
    const { field } = operation.streamSwitch ?? {};
    if (field === undefined || !isObject(body.value)) return body.value;
    return Object.fromEntries(Object.entries(body.value).filter(([name]) => name !== field));
  }
  const parts = body.parts.map(({ name, isList, value = new Code(`new Blob(['the bytes'])`) }) => [
    name,
    isList ? [value] : value,
  ]);
  return Object.fromEntries(parts);
}

function inputOf(operation: OperationView, document: BundledDocument, values: ExampleValues): JsonObject {
  const input: Record<string, Record<string, unknown>> = {};
  for (const { parameter, name, value } of requiredParameters(operation, values)) {
    const group = GROUPS[String(parameter.in)];
    if (group !== undefined) input[group] = { ...input[group], [name]: value };
  }
  const body = bodyValue(operation, document, values);
  return { ...input, ...(body !== undefined && { body }) };
}

const callOf = (method: string, input: JsonObject): string =>
  `api${method}(${Object.keys(input).length === 0 ? '' : codeOf(input, '', method.length + 24)})`;

/**
 * A call of the generated client, of its stream where `isStream`. Undefined for an operation without
 * operationId, which has no method.
 */
export function clientSample(
  source: ClientSource,
  operation: OperationView,
  document: BundledDocument,
  values: ExampleValues,
  isStream: boolean,
): string | undefined {
  const { operationId, security, serverUrl, answers, streamSwitch } = operation;
  if (operationId === undefined) return undefined;
  const key = propertyKey(operationId);
  const access = key === operationId ? `.${operationId}` : `[${key}]`;
  const method = isStream && streamSwitch ? `${access}.stream` : access;
  const call = callOf(method, inputOf(operation, document, values));
  const use = isStream
    ? `const stream = ${call};\nfor await (const event of stream) {\n  console.log(event);\n}`
    : answers.length > 0
      ? `const answer = await ${call};\nconsole.log(answer);`
      : `await ${call};`;
  return `${clientCode(source, serverUrl, security.credentials.length > 0)}\n${use}`;
}
