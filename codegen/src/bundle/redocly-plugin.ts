import type { Plugin } from '@redocly/openapi-core';

/** In OpenAPI 3.2 `components.mediaTypes` holds media types; Redocly takes each for a whole `content`. */
export const MEDIA_TYPES: Plugin = {
  id: 'flowwire-media-types',
  typeExtension: {
    oas3: (types) => ({
      ...types,
      NamedMediaTypes: { properties: {}, additionalProperties: 'MediaType' },
    }),
  },
};
