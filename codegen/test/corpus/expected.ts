export const SWAGGER = 'Swagger 2.0 is not supported. Convert the document to OpenAPI 3.';

/** The document asks for this scheme and declares none. */
export const UNDECLARED_SCHEME = 'There is no security scheme api_key in components.securitySchemes.';

/** How many warnings a document gets; the others get none. */
export const WARNED: Readonly<Record<string, number>> = {
  '3.0/callbacks': 1,
  '3.0/circular-paths': 1,
  '3.0/link-example': 4,
  '3.0/parameters-style': 12,
  '3.0/petstore': 1,
  '3.0/readme-legacy': 1,
  '3.0/response-multiple-mediatypes': 1,
  '3.0/response-schemas': 1,
  '3.0/schema-enums': 1,
  '3.0/schema-types': 11,
  '3.0/schema-validation': 4,
  '3.0/server-path-level': 7,
  '3.0/server-variables': 4,
  '3.0/uspto': 1,
  '3.1/parameters-style': 13,
  '3.1/petstore': 1,
  '3.1/readme': 1,
  '3.1/schema-types': 12,
  '3.1/schema-validation-local': 6,
  '3.1/schema-validation-top-level': 2,
  '3.1/train-travel': 4,
  '3.1/webhooks': 1,
};

/** Documents whose two texts do not say the same. */
export const DIFFERENT_IN_YAML = ['3.1/parameters-style'];
