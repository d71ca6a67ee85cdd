import { isObject, type JsonObject } from '../json.ts';
import { follow } from './references.ts';
import { rewrite } from './rewrite.ts';

/** Media types that are references, which only OpenAPI 3.2 has, become what they refer to. */
export function inlineMediaTypes(root: JsonObject): JsonObject {
  return rewrite(root, 'document', (_, node, pointer) => {
    if (!isObject(node.content)) return node;
    const content = Object.entries(node.content).map(([type, value]) => [
      type,
      follow(root, { pointer, value }).value,
    ]);
    return { ...node, content: Object.fromEntries(content) };
  });
}
