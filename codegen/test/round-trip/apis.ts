import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Validator } from '@flowwire/contract';
import { loadApi } from '../../src/generate.ts';
import { isObject } from '../../src/json.ts';
import type { ApiModel, NamedSchema } from '../../src/model/api.ts';
import { validatorName } from '../../src/model/names.ts';
import type { Known } from './forms.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Who checks: a client what a server says, or a server what a client says. */
export type Side = 'output' | 'input';

/** A schema with the validator that is generated for it. */
export interface Checked {
  readonly schema: NamedSchema;
  readonly validate: Validator<unknown>;
  readonly side: Side;
}

/** One of this repository's APIs: what its documents say, and what is generated from them. */
export interface Api {
  readonly name: string;
  readonly model: ApiModel;
  /** Absolute path of what is generated. */
  readonly folder: string;
  readonly known: Known;
  readonly checked: readonly Checked[];
}

// Sound: all that these modules export are validators.
const isValidator = (value: unknown): value is Validator<unknown> => typeof value === 'function';

async function readChecked(model: ApiModel, out: string, side: Side): Promise<Checked[]> {
  const file = join(ROOT, out, `${side}-validators.js`);
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  return model.schemas.flatMap((schema) => {
    const validate = module[validatorName(schema.name)];
    return isValidator(validate) ? [{ schema, validate, side }] : [];
  });
}

async function readApi(source: Readonly<Record<string, unknown>>): Promise<Api> {
  const { openapi, asyncapi, out } = source;
  if (typeof out !== 'string') throw new Error('An API of flowwire.config.json has no `out`.');
  const { model } = await loadApi({
    out,
    ...(typeof openapi === 'string' && { openapi: join(ROOT, openapi) }),
    ...(typeof asyncapi === 'string' && { asyncapi: join(ROOT, asyncapi) }),
  });
  const known = Object.fromEntries(model.schemas.map(({ name, schema }) => [name, schema]));
  const checked = await Promise.all([readChecked(model, out, 'output'), readChecked(model, out, 'input')]);
  return { name: model.name, model, folder: join(ROOT, out), known, checked: checked.flat() };
}

/** Every API that `flowwire.config.json` lists. */
export async function readApis(): Promise<Api[]> {
  const config: unknown = JSON.parse(readFileSync(join(ROOT, 'flowwire.config.json'), 'utf8'));
  const sources = isObject(config) && Array.isArray(config.apis) ? config.apis.filter(isObject) : [];
  return Promise.all(sources.map(readApi));
}
