import { type Cursor, child, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import { camelCase } from './names.ts';

/** What an operation is named by. */
interface Nameable {
  readonly method: string;
  readonly path: string;
  readonly operation: Cursor;
}

/** Letters of every script are allowed in the name of a method. */
const isName = (text: string): boolean => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text);

/** Members that every object has, and `then`, for which `await` would take the client for a promise. */
const isUnusable = (name: string): boolean => name in Object.prototype || name === 'then';

/** `GET /pets/{id}` becomes `getPetsById`. */
function nameByPath({ method, path }: Nameable): string {
  const name = camelCase(`${method.toLowerCase()}-${path.replaceAll('{', 'by-')}`);
  return isName(name) ? name : 'operation';
}

/** The operationId as an identifier; `repos/get-content` becomes `reposGetContent`. */
function nameById(operationId: string, entry: Nameable): string {
  const name = isName(operationId) ? operationId : camelCase(operationId);
  return isName(name) ? name : nameByPath(entry);
}

/**
 * A method name for each operation, in their order: its operationId, else one made of method and path. An id
 * that is a name already is kept; what is made gives way to it and gets a number.
 */
export function nameOperations(operations: readonly Nameable[], documents: Documents): string[] {
  const taken = new Set<string>();
  const claim = (wanted: string): string => {
    const base = isUnusable(wanted) ? `${wanted}Operation` : wanted;
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base}${number}`;
    taken.add(name);
    return name;
  };
  const ids = operations.map(({ operation }) => text(child(operation, 'operationId')));
  const names = new Map<number, string>();
  for (const [index, { operation }] of operations.entries()) {
    const id = ids[index];
    if (id === undefined || !isName(id)) continue;
    const name = claim(id);
    names.set(index, name);
    if (name !== id)
      documents.warn(
        child(operation, 'operationId'),
        `The method ${id} is taken: this one is called ${name}.`,
      );
  }
  return operations.map((entry, index) => {
    const id = ids[index];
    return names.get(index) ?? claim(id === undefined ? nameByPath(entry) : nameById(id, entry));
  });
}
