import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMockSource } from './api.ts';
import { checkPlan, planApi } from './api-plan.ts';
import { createValues } from './values/values.ts';

const SPECS = join(import.meta.dirname, '../../../specs');

const SEEDS = 10;

const apis = readdirSync(SPECS).filter((name) => existsSync(join(SPECS, name, 'openapi.yaml')));

describe.each(apis)('the documents of %s', async (name) => {
  const asyncapi = join(SPECS, name, 'asyncapi.yaml');
  const pair = {
    name,
    openapi: join(SPECS, name, 'openapi.yaml'),
    ...(existsSync(asyncapi) && { asyncapi }),
  };

  it('are mocked whole, with examples that fit', async () => {
    const plan = planApi(await readMockSource(pair, { seed: 1 }));
    expect(plan.left).toEqual([]);
    expect(plan.exampleFaults).toEqual([]);
    expect(checkPlan(plan)).toEqual([]);
  });

  it('have no schema for which a value cannot be made', async () => {
    const { model, validators } = await readMockSource(pair, { seed: 1 });
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const values = createValues(model.schemas, seed);
      for (const [schema, validate] of validators) {
        const part = { schema: { $ref: `#/components/schemas/${schema}` }, place: undefined };
        expect([schema, values.of(part, validate, schema).errors]).toEqual([schema, []]);
      }
    }
  });
});
