import type { ApiModel } from '../model/api.ts';
import { emitClient } from './client.ts';
import { emitContract } from './contract.ts';
import { contractName } from './names.ts';
import { emitServer } from './server.ts';
import { banner, quote } from './text.ts';
import { emitTypes } from './types.ts';
import { type Export, emitValidators } from './validators.ts';

/** Contents of generated files by name. */
export type Files = ReadonlyMap<string, string>;

const emitIndex = (model: ApiModel): string =>
  [
    banner(model.sources),
    `export type * from './client.js';\n`,
    `export { ${contractName(model)} } from './contract.js';\n`,
    `export type * from './types.js';\n`,
  ].join('');

function unique(exports: readonly Export[]): Export[] {
  return [...new Map(exports.map((entry) => [entry.schema.name, entry])).values()];
}

/** The type of one group of parameters, which has no name of its own. */
const groupType = (table: 'Operations' | 'Channels', key: string, group: string): string =>
  `NonNullable<types.${table}[${quote(key)}]['input'][${quote(group)}]>`;

/** What each side checks: a client every answer and item, a server every part of a request. */
function validatorExports(model: ApiModel): { readonly outputs: Export[]; readonly inputs: Export[] } {
  const byName = new Map(model.schemas.map((schema) => [schema.name, schema]));
  const named = (name: string | undefined): Export[] => {
    const schema = name === undefined ? undefined : byName.get(name);
    return schema ? [{ schema, type: `types.${schema.name}` }] : [];
  };
  const outputs = [
    ...model.operations.flatMap(({ replies }) =>
      replies.flatMap(({ content, stream }) => [
        ...content.flatMap(({ schema }) => named(schema)),
        ...named(stream?.item),
      ]),
    ),
    ...model.channels.flatMap(({ server }) => server.flatMap(({ schema }) => named(schema))),
  ];
  const inputs = [
    ...model.operations.flatMap(({ operationId, groups, body }) => [
      ...groups.map(({ name, schema }) => ({ schema, type: groupType('Operations', operationId, name) })),
      ...(body?.content ?? []).flatMap(({ schema }) => named(schema)),
    ]),
    ...model.channels.flatMap(({ name: channel, groups, client }) => [
      ...groups.map(({ name, schema }) => ({ schema, type: groupType('Channels', channel, name) })),
      ...client.flatMap(({ schema }) => named(schema)),
    ]),
  ];
  return { outputs: unique(outputs), inputs: unique(inputs) };
}

/** Emits all files of one API. The same model yields the same bytes. */
export async function emitApi(model: ApiModel, runtime: string): Promise<Files> {
  const { outputs, inputs } = validatorExports(model);
  const [output, input] = await Promise.all([
    emitValidators(outputs, model.schemas, 'client', model.sources, runtime),
    emitValidators(inputs, model.schemas, 'server', model.sources, runtime),
  ]);
  const contract = emitContract(model, runtime);
  return new Map([
    ['types.ts', emitTypes(model, runtime)],
    ['client.ts', emitClient(model, runtime)],
    ['contract.js', contract.js],
    ['contract.d.ts', contract.dts],
    ['server.ts', emitServer(model, runtime)],
    ['index.ts', emitIndex(model)],
    ['output-validators.js', output.js],
    ['output-validators.d.ts', output.dts],
    ['input-validators.js', input.js],
    ['input-validators.d.ts', input.dts],
  ]);
}
