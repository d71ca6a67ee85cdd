import { readFile } from 'node:fs/promises';
import { UsageError } from './command.ts';

/** Whether a file is an OpenAPI or an AsyncAPI document, by its root member. */
export async function kindOf(path: string): Promise<'openapi' | 'asyncapi'> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const reason = cause instanceof Error && 'code' in cause ? cause.code : cause;
    throw new UsageError(`${path} cannot be read (${String(reason)}).`);
  });
  const [, kind] = /^[\s{]*(?:#.*\s*)*["']?(openapi|asyncapi)["']?\s*:/m.exec(text) ?? [];
  if (kind === 'openapi' || kind === 'asyncapi') return kind;
  throw new UsageError(`${path} is neither an OpenAPI nor an AsyncAPI document.`);
}
