import { type Cursor, child, entries, items, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { OperationModel } from '../../model/api.ts';
import { type Example, readExamples } from './example.ts';

/** A header of an answer (OpenAPI 3.2 section 4.21). */
export interface HeaderExamples {
  readonly name: string;
  readonly required: boolean;
  readonly examples: readonly Example[];
  /** For a value where there is no example. */
  readonly schema: Cursor;
}

/** What a document shows of one answer. */
export interface ReplyExamples {
  /** By media type, as in the document. */
  readonly content: ReadonlyMap<string, readonly Example[]>;
  readonly headers: readonly HeaderExamples[];
}

/** By status in the spelling of the model: three digits, a range such as `4XX`, or `default`. */
export type OperationExamples = ReadonlyMap<string, ReplyExamples>;

/** Headers that belong to the connection or to the framing of a body, and those that the mock makes itself. */
const OWN_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'set-cookie',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
]);

function readHeaders(response: Cursor, documents: Documents): HeaderExamples[] {
  return entries(child(response, 'headers')).flatMap(([name, entry]) => {
    if (OWN_HEADERS.has(name.toLowerCase())) return [];
    const header = documents.follow(entry);
    return {
      name,
      required: child(header, 'required').value === true,
      examples: readExamples(header, documents),
      schema: documents.follow(child(header, 'schema')),
    };
  });
}

function readReply(entry: Cursor, documents: Documents): ReplyExamples {
  const response = documents.follow(entry);
  const content = entries(child(response, 'content')).map(([mediaType, media]): [string, Example[]] => [
    mediaType,
    readExamples(documents.follow(media), documents),
  ]);
  return { content: new Map(content), headers: readHeaders(response, documents) };
}

/** The operation of a path item (OpenAPI 3.2 section 4.9). */
function operationAt(root: Cursor, { method, path }: OperationModel, documents: Documents): Cursor {
  const pathItem = documents.follow(child(root, 'paths', path));
  const own = child(pathItem, method.toLowerCase());
  const place = own.value === undefined ? child(pathItem, 'additionalOperations', method) : own;
  return documents.follow(place);
}

/** Reads what an OpenAPI document shows of an operation's answers. */
export function readOperationExamples(
  root: Cursor,
  operation: OperationModel,
  documents: Documents,
): OperationExamples {
  const responses = child(operationAt(root, operation, documents), 'responses');
  return new Map(
    entries(responses).map(([status, entry]) => [
      status === 'default' ? status : status.toUpperCase(),
      readReply(entry, documents),
    ]),
  );
}

/** The paths of the servers' URLs, with the defaults of their variables, without a slash at the end. */
export function readBasePaths(root: Cursor): string[] {
  const paths = items(child(root, 'servers')).map((server) => {
    const url = (text(child(server, 'url')) ?? '').replaceAll(/\{([^}]*)\}/g, (_, name: string) =>
      String(child(server, 'variables', name, 'default').value ?? ''),
    );
    return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost').pathname : '';
  });
  return [...new Set(paths.map((path) => path.replace(/\/+$/, '')))];
}
