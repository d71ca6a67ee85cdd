import { stringifyYaml } from '@redocly/openapi-core';
import type { JsonObject } from '../json.ts';

export type Format = 'yaml' | 'json';

/** A document as text for people: no anchors, long text folded, members in their order. */
export const toText = (root: JsonObject, format: Format): string =>
  format === 'json'
    ? `${JSON.stringify(root, null, 2)}\n`
    : stringifyYaml(root, { noRefs: true, lineWidth: 110 });
