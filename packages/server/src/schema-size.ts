import type { SchemaProblem } from '@flowwire/engine';

const MAX_EXPANDED = 10_000;

/**
 * Why a schema could take for ever to validate against: it is recursive, refers to other documents, or has
 * references that multiply when each is replaced by what it refers to. A validator walks that expansion.
 */
export function sizeProblem(schema: object): SchemaProblem | undefined {
  /** Expanded sizes by reference; undefined while the reference is being expanded. */
  const sizes = new Map<string, number | undefined>();
  let fault: SchemaProblem | undefined;

  const sizeOf = (value: unknown, pointer: string): number => {
    if (fault || typeof value !== 'object' || value === null) return 1;
    let size = 1;
    for (const [key, item] of Object.entries(value)) {
      const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (key === '$dynamicRef' || key === '$recursiveRef') fault ??= problem(at, `${key} is not supported`);
      // A definition counts where it is referred to.
      if (key === '$defs' || key === 'definitions') continue;
      size += key === '$ref' && typeof item === 'string' ? sizeOfReference(item, at) : sizeOf(item, at);
      if (size > MAX_EXPANDED) fault ??= problem(at, `expands to more than ${MAX_EXPANDED} parts`);
    }
    return size;
  };

  const sizeOfReference = (reference: string, at: string): number => {
    if (sizes.has(reference)) {
      const known = sizes.get(reference);
      if (known === undefined) fault ??= problem(at, 'is recursive, which is not supported');
      return known ?? 1;
    }
    const target = reference.startsWith('#/') ? resolve(schema, reference) : undefined;
    if (target === undefined)
      fault ??= problem(at, 'must refer to a place in this schema, such as #/$defs/x');
    sizes.set(reference, undefined);
    const size = sizeOf(target, reference.slice(1));
    sizes.set(reference, size);
    return size;
  };

  sizeOf(schema, '');
  return fault;
}

const problem = (pointer: string, message: string): SchemaProblem => ({ pointer, code: 'schema', message });

function resolve(schema: object, reference: string): unknown {
  let value: unknown = schema;
  for (const step of reference.slice(2).split('/')) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
