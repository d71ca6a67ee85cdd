import type { SchemaError } from './contract.ts';

/** One thing that is wrong with a value, for the person who sent it. */
export interface Finding {
  /** JSON pointer (RFC 6901) to the field at fault; for a missing field, to where it belongs. */
  readonly pointer: string;
  readonly message: string;
  /** The JSON Schema keyword that was broken, such as `required` or `type`. */
  readonly code: string;
}

/** The most findings that one value is given. */
export const MAX_FINDINGS = 100;

const MAX_LISTED = 20;

const list = (values: readonly unknown[]): string => {
  const shown = values.slice(0, MAX_LISTED).map((value) => JSON.stringify(value));
  return values.length > MAX_LISTED ? `${shown.join(', ')}, ...` : shown.join(', ');
};

const escapeToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** The parameter in which Ajv names a member that the pointer does not reach by itself. */
const memberOf = ({ keyword, params }: SchemaError): unknown => {
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return params.missingProperty;
    case 'additionalProperties':
      return params.additionalProperty;
    case 'unevaluatedProperties':
      return params.unevaluatedProperty;
    case 'propertyNames':
      return params.propertyName;
    case 'discriminator':
      return params.tag;
    default:
      return undefined;
  }
};

const messageOf = ({ keyword, params, message }: SchemaError): string => {
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return 'is required';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is not a known field';
    case 'enum':
      return Array.isArray(params.allowedValues)
        ? `must be one of ${list(params.allowedValues)}`
        : 'must be one of the allowed values';
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`;
    case 'discriminator':
      return params.error === 'tag' ? 'must be a string' : 'has a value that is not known';
    case 'false schema':
      return 'is not allowed';
    default:
      return message ?? `breaks the rule "${keyword}"`;
  }
};

const toFinding = (error: SchemaError): Finding => {
  const member = memberOf(error);
  return {
    pointer: typeof member === 'string' ? `${error.instancePath}/${escapeToken(member)}` : error.instancePath,
    message: messageOf(error),
    code: error.keyword,
  };
};

/**
 * Turns a validator's errors into findings: each points at the field at fault and says what would be
 * right. At most MAX_FINDINGS, in the validator's order; the same finding once.
 */
export const toFindings = (errors: readonly SchemaError[] | null | undefined): Finding[] => {
  const findings = new Map<string, Finding>();
  for (const error of errors ?? []) {
    // The errors of `then` and `else` stand beside it; it only says that there are some.
    if (error.keyword === 'if') continue;
    const finding = toFinding(error);
    findings.set(`${finding.code} ${finding.pointer} ${finding.message}`, finding);
    if (findings.size === MAX_FINDINGS) break;
  }
  return [...findings.values()];
};
