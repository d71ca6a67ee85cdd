import type { Parameter } from '@flowwire/contract';

const INTEGER = /^-?\d+$/;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Reads text by its declared type (OpenAPI 3.2 section 4.12.6). Text that is not of its type stays text, so
 * that the validator says what is wrong with it.
 */
export const readScalar = (type: Parameter['type'], text: string): unknown => {
  switch (type) {
    case 'integer':
      return INTEGER.test(text) ? Number(text) : text;
    case 'number':
      return NUMBER.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    default:
      return text;
  }
};
