import type { Helper } from './helpers.ts';

/**
 * The most errors of one value that are kept. A value of a megabyte could have half a million, and no one
 * reads more than the first hundred.
 */
const MAX_ERRORS = 1000;

/**
 * How generated code reports. Each reporter answers false, is called only for what is wrong, and builds an
 * error as Ajv 8 words it: findings and tests go by those keywords, parameters and messages.
 */
export const REPORTS = {
  found: {
    code: `/** What is wrong with the value that is being checked; empty between calls. */
const found = [];
`,
  },
  fail: {
    needs: ['found'],
    code: `function fail(instancePath, keyword, params, message) {
  if (found.length < ${MAX_ERRORS}) found.push({ instancePath, keyword, params, message });
  return false;
}
`,
  },
  start: {
    needs: ['found'],
    code: `/** An earlier call may have been left by an exception, such as a stack overflow, and its errors with it. */
function start() {
  if (found.length > 0) found.length = 0;
  return true;
}
`,
  },
  settle: {
    needs: ['found'],
    code: `/** Says what a call found. */
function settle(validator, isValid) {
  validator.errors = isValid ? null : found.splice(0);
  return isValid;
}
`,
  },
  under: {
    needs: ['found'],
    code: `/** Moves the errors since a mark, found in a part of a value, to where that part is. */
function under(mark, path) {
  for (let i = mark; i < found.length; i++) found[i].instancePath = path + found[i].instancePath;
  return false;
}
`,
  },
  forget: {
    needs: ['found'],
    code: `/** Drops the errors since a mark. */
function forget(mark) {
  if (found.length > mark) found.length = mark;
}
`,
  },
  wrongType: {
    needs: ['fail'],
    code: `function wrongType(path, type) {
  return fail(path, 'type', { type }, \`must be \${type}\`);
}
`,
  },
  noBlob: {
    needs: ['fail'],
    code: `function noBlob(path) {
  return fail(path, 'binary', {}, 'must be a file');
}
`,
  },
  notConst: {
    needs: ['fail'],
    code: `function notConst(path, allowedValue) {
  return fail(path, 'const', { allowedValue }, 'must be equal to constant');
}
`,
  },
  notInEnum: {
    needs: ['fail'],
    code: `function notInEnum(path, allowedValues) {
  return fail(path, 'enum', { allowedValues }, 'must be equal to one of the allowed values');
}
`,
  },
  outOfRange: {
    needs: ['fail'],
    code: `function outOfRange(path, keyword, comparison, limit) {
  return fail(path, keyword, { comparison, limit }, \`must be \${comparison} \${limit}\`);
}
`,
  },
  notMultiple: {
    needs: ['fail'],
    code: `function notMultiple(path, multipleOf) {
  return fail(path, 'multipleOf', { multipleOf }, \`must be multiple of \${multipleOf}\`);
}
`,
  },
  wrongSize: {
    needs: ['fail'],
    code: `function wrongSize(path, keyword, limit) {
  const more = keyword.startsWith('max') ? 'more' : 'fewer';
  const what = keyword.endsWith('Length') ? 'characters' : keyword.slice(3).toLowerCase();
  return fail(path, keyword, { limit }, \`must NOT have \${more} than \${limit} \${what}\`);
}
`,
  },
  noMatch: {
    needs: ['fail'],
    code: `function noMatch(path, expression) {
  const pattern = expression.source.replaceAll('\\\\/', '/');
  return fail(path, 'pattern', { pattern }, \`must match pattern "\${pattern}"\`);
}
`,
  },
  wrongFormat: {
    needs: ['fail'],
    code: `function wrongFormat(path, format) {
  return fail(path, 'format', { format }, \`must match format "\${format}"\`);
}
`,
  },
  missing: {
    needs: ['fail'],
    code: `function missing(path, missingProperty) {
  return fail(path, 'required', { missingProperty }, \`must have required property '\${missingProperty}'\`);
}
`,
  },
  missingBeside: {
    needs: ['fail'],
    code: `function missingBeside(path, property, missingProperty, names) {
  const deps = names.join(', ');
  const params = { property, missingProperty, depsCount: names.length, deps };
  const what = names.length === 1 ? 'property' : 'properties';
  return fail(path, 'dependentRequired', params, \`must have \${what} \${deps} when property \${property} is present\`);
}
`,
  },
  surplus: {
    needs: ['fail'],
    code: `function surplus(path, additionalProperty) {
  return fail(path, 'additionalProperties', { additionalProperty }, 'must NOT have additional properties');
}
`,
  },
  unevaluated: {
    needs: ['fail'],
    code: `function unevaluated(path, unevaluatedProperty) {
  return fail(path, 'unevaluatedProperties', { unevaluatedProperty }, 'must NOT have unevaluated properties');
}
`,
  },
  badName: {
    needs: ['fail'],
    code: `function badName(path, propertyName) {
  return fail(path, 'propertyNames', { propertyName }, 'property name must be valid');
}
`,
  },
  surplusItems: {
    needs: ['fail'],
    code: `function surplusItems(path, keyword, limit) {
  return fail(path, keyword, { limit }, \`must NOT have more than \${limit} items\`);
}
`,
  },
  wrongCount: {
    needs: ['fail'],
    code: `function wrongCount(path, minContains, maxContains) {
  if (maxContains === undefined) {
    return fail(path, 'contains', { minContains }, \`must contain at least \${minContains} valid item(s)\`);
  }
  const message = \`must contain at least \${minContains} and no more than \${maxContains} valid item(s)\`;
  return fail(path, 'contains', { minContains, maxContains }, message);
}
`,
  },
  notAllowed: {
    needs: ['fail'],
    code: `function notAllowed(path, keyword) {
  return fail(path, keyword, {}, keyword === 'not' ? 'must NOT be valid' : 'boolean schema is false');
}
`,
  },
  noBranch: {
    needs: ['fail'],
    code: `function noBranch(path) {
  return fail(path, 'anyOf', {}, 'must match a schema in anyOf');
}
`,
  },
  notOneBranch: {
    needs: ['fail'],
    code: `function notOneBranch(path, first, second) {
  const passingSchemas = second < 0 ? null : [first, second];
  return fail(path, 'oneOf', { passingSchemas }, 'must match exactly one schema in oneOf');
}
`,
  },
  badClause: {
    needs: ['fail'],
    code: `function badClause(path, failingKeyword) {
  return fail(path, 'if', { failingKeyword }, \`must match "\${failingKeyword}" schema\`);
}
`,
  },
  badTag: {
    needs: ['fail'],
    code: `function badTag(path, tag, tagValue, isText) {
  if (isText && typeof tagValue !== 'string') {
    return fail(path, 'discriminator', { error: 'tag', tag, tagValue }, \`tag "\${tag}" must be string\`);
  }
  const message = \`value of tag "\${tag}" must be in oneOf\`;
  return fail(path, 'discriminator', { error: 'mapping', tag, tagValue }, message);
}
`,
  },
} as const satisfies Record<string, Helper>;
