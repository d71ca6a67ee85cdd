import { isObject } from '../../json.ts';
import { pointerTo } from '../../load/cursor.ts';
import { type Node, rename, without } from '../rewrite.ts';
import { type Converter, keepNoted } from './context.ts';
import { keep, keptName } from './kept.ts';
import { isLost, setQuerystringApart } from './parameters.ts';

const DIALECT = 'https://spec.openapis.org/oas/3.1/dialect/base';

/** `$self`, and the version itself. */
export const convertDocument: Converter = (node) => {
  const dialect = node.jsonSchemaDialect;
  const isOwn = typeof dialect === 'string' && dialect.startsWith('https://spec.openapis.org/oas/3.2/');
  return keep({ ...node, openapi: '3.1.1', ...(isOwn && { jsonSchemaDialect: DIALECT }) }, '$self');
};

/** The method QUERY, and methods that no version names. */
export const convertPathItem: Converter = (node, context) => {
  for (const key of ['query', 'additionalOperations'])
    if (key in node) context.moved(`${context.pointer}/${key}`, `${context.pointer}/${keptName(key)}`);
  const why = 'path items have no member for such methods.';
  return keepNoted(setQuerystringApart(node, context), context, { query: why, additionalOperations: why });
};

/** Components that are of no use in OpenAPI 3.1 any more. */
export const convertComponents: Converter = (node, context) => {
  const move = (from: string, to: string): void =>
    context.moved(`${context.pointer}/${from}`, `${context.pointer}/${to}`);
  if ('mediaTypes' in node) move('mediaTypes', keptName('mediaTypes'));
  const kept = keep(node, 'mediaTypes');
  if (!isObject(kept.parameters)) return kept;
  const all = Object.entries(kept.parameters);
  const lost = all.filter(([, parameter]) => isLost(parameter, context.resolve));
  if (lost.length === 0) return kept;
  for (const [name] of lost)
    move(`parameters${pointerTo([name])}`, `${keptName('parameters')}${pointerTo([name])}`);
  const rest = all.filter((entry) => !lost.includes(entry));
  return {
    ...kept,
    parameters: Object.fromEntries(rest),
    [keptName('parameters')]: Object.fromEntries(lost),
  };
};

/** `summary`, which many tools know as `x-displayName`, `parent` and `kind` of a tag. */
export const convertTag: Converter = (node, context) =>
  keepNoted(rename(node, { summary: 'x-displayName' }), context, {
    parent: 'tags stand side by side.',
    kind: 'tags are all of one kind.',
  });

export const convertServer: Converter = (node) => keep(node, 'name');

/** The device flow and the metadata of OAuth, and schemes that are on their way out. */
export const convertSecurityScheme: Converter = (node, context) => {
  const kept = keepNoted(node, context, {
    deprecated: 'security schemes cannot be deprecated.',
    oauth2MetadataUrl: 'tools look for the metadata by themselves.',
  });
  const why = 'there is no such flow.';
  return isObject(kept.flows)
    ? { ...kept, flows: keepNoted({ ...kept.flows }, context, { deviceAuthorization: why }) }
    : kept;
};

/** `nodeType` as `attribute` and `wrapped`, the words for it in OpenAPI 3.1. */
function convertXml(xml: Node, isList: boolean): Node {
  const { nodeType } = xml;
  if (nodeType === 'attribute') return { ...without(xml, 'nodeType'), attribute: true };
  if (isList && nodeType === 'element') return { ...without(xml, 'nodeType'), wrapped: true };
  return nodeType === (isList ? 'none' : 'element') ? without(xml, 'nodeType') : keep(xml, 'nodeType');
}

/** A discriminator's `defaultMapping`, and `nodeType` of XML. */
export const convertSchema: Converter = (node, context) => {
  const { discriminator, xml } = node;
  const isList = node.type === 'array';
  const why = { defaultMapping: 'a value that is not mapped has no schema.' };
  const converted = isObject(xml) ? convertXml({ ...xml }, isList) : undefined;
  if (converted && keptName('nodeType') in converted)
    context.note(
      `nodeType: every schema is an element or an attribute, none is ${String(converted[keptName('nodeType')])}.`,
    );
  return {
    ...node,
    ...(isObject(discriminator) && { discriminator: keepNoted({ ...discriminator }, context, why) }),
    ...(converted && { xml: converted }),
  };
};
