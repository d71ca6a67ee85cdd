/** The schemas that a Multi Format Schema Object may hold (AsyncAPI 3.1 section "Multi Format Schema Object"). */
export const SCHEMA_FORMATS =
  /^application\/(vnd\.aai\.asyncapi|schema|vnd\.oai\.openapi)(\+(json|yaml))?(;version=(3\.|draft-|20)[\w.-]*)?$/;

/** Whether a `schemaFormat` is of schemas that we read. In others, such as those of Avro, `$ref` is not ours. */
export const isJsonSchemaFormat = (format: unknown): boolean =>
  typeof format === 'string' && SCHEMA_FORMATS.test(format.replaceAll(' ', ''));
