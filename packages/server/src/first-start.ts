import { readdir, readFile } from 'node:fs/promises';
import { isWorkflowDefinition, validateDefinition, type WorkflowStore } from '@flowwire/engine';
import { parse } from 'yaml';
import type { KeyStore } from './identity/key-store.ts';
import { createKey, isKnownKey, newKeyText } from './identity/keys.ts';

export const DEV_TENANT = 'dev';
const SAMPLES = new URL('../samples/', import.meta.url);

export interface FirstStart {
  readonly keys: KeyStore;
  readonly workflows: WorkflowStore;
  /** The text of the key to use, instead of a random one. */
  readonly devKey: string | undefined;
  readonly now: number;
}

/**
 * Makes what a new installation needs: the tenant `dev`, a key of it and the sample workflows. What is
 * there already stays as it is.
 *
 * @returns the key's text if a random one was made now: the only time that it can be shown.
 */
export async function prepareFirstStart({
  keys,
  workflows,
  devKey,
  now,
}: FirstStart): Promise<string | undefined> {
  await keys.ensureTenant(DEV_TENANT, 'Development');
  await createSamples(workflows, now);
  if (devKey !== undefined) {
    if (!(await isKnownKey(keys, devKey))) await createDevKey(keys, devKey, now);
    return undefined;
  }
  if ((await keys.list(DEV_TENANT)).length > 0) return undefined;
  const text = newKeyText();
  await createDevKey(keys, text, now);
  return text;
}

const createDevKey = (keys: KeyStore, text: string, now: number) =>
  createKey(keys, text, { tenantId: DEV_TENANT, name: 'dev', permissions: ['ADMIN'], createdAt: now });

/** A sample's id is `wf_` and its file's name, so that the documentation can name it. */
async function createSamples(workflows: WorkflowStore, now: number): Promise<void> {
  for (const file of (await readdir(SAMPLES)).sort()) {
    const id = `wf_${file.replace(/\.yaml$/, '')}`;
    if (await workflows.get(DEV_TENANT, id)) continue;
    const definition = parseSample(file, await readFile(new URL(file, SAMPLES), 'utf8'));
    await workflows.create({ id, tenantId: DEV_TENANT, definition, createdAt: now });
  }
}

function parseSample(file: string, text: string) {
  const definition: unknown = parse(text);
  if (!isWorkflowDefinition(definition))
    throw new Error(`sample ${file} does not fit the definition's schema`);
  const findings = validateDefinition(definition);
  const [first] = findings;
  if (first) throw new Error(`sample ${file}: ${first.pointer} ${first.message}`);
  return definition;
}
