/** How a part of `multipart/form-data` names itself (RFC 7578 section 4.2). */
export interface Disposition {
  readonly name: string;
  /** Undefined for a part that is no file. */
  readonly filename: string | undefined;
}

const PARAMETER = /;\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"([^"]*)"|([^\s;"]*))/g;

/** What browsers put for the three characters that a quoted name cannot hold (WHATWG HTML section 4.10.22.8). */
const unescapeName = (text: string): string =>
  text.replace(/%22/g, '"').replace(/%0D/gi, '\r').replace(/%0A/gi, '\n');

/** Without folders: a name that is taken for a path must not lead elsewhere. */
const baseName = (filename: string): string => filename.slice(filename.search(/[^/\\]*$/));

/** Reads the header Content-Disposition of a part; undefined without a name. */
export const parseDisposition = (header: string | undefined): Disposition | undefined => {
  let name: string | undefined;
  let filename: string | undefined;
  for (const [, key = '', quoted, plain = ''] of (header ?? '').matchAll(PARAMETER)) {
    const value = unescapeName(quoted ?? plain);
    if (key.toLowerCase() === 'name') name ??= value;
    else if (key.toLowerCase() === 'filename') filename ??= baseName(value);
  }
  return name === undefined ? undefined : { name, filename };
};
