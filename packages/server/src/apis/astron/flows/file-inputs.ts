import type { Finding } from '@flowwire/contract/astron';
import type { WorkflowSource } from '@flowwire/engine';
import type { LocalFiles } from '../../../files/local-files.ts';
import type { ErrorName } from '../errors.ts';
import { readProtocol } from './protocol.ts';

/** An input that is the address of a file, or a list of such. */
export interface FileInput {
  readonly name: string;
  /** Categories or extensions; absent for all. */
  readonly allowed?: readonly string[];
}

export interface FileFaults {
  readonly error: ErrorName;
  readonly detail: string;
  readonly findings: readonly Finding[];
}

/** The inputs of a flow that take files. */
export function fileInputsOf(source: WorkflowSource | undefined): readonly FileInput[] {
  const start = readProtocol(source)?.data.nodes.find(({ id }) => id.startsWith('node-start::'));
  return (start?.data.outputs ?? []).flatMap(({ name, fileType, allowedFileType: allowed = [] }) => {
    if (fileType !== 'file' && allowed.length === 0) return [];
    return [{ name, ...(allowed.length > 0 && { allowed }) }];
  });
}

/** Each file costs a look into the store. */
const MAX_FILES = 1_000;
const MAX_FINDINGS = 100;

/** What is wrong with the files that a run is given; undefined for nothing. The first 100 faults are told. */
export async function faultsOfFiles(
  files: Pick<LocalFiles, 'check'>,
  tenantId: string,
  inputs: readonly FileInput[],
  parameters: Readonly<Record<string, unknown>>,
): Promise<FileFaults | undefined> {
  const faults: { readonly error: ErrorName; readonly detail: string; readonly finding: Finding }[] = [];
  for (const { name, allowed } of inputs) {
    const addresses = addressesIn(parameters[name], `/parameters/${toToken(name)}`);
    if (addresses.length > MAX_FILES) return tooManyFiles(name);
    for (const { pointer, url } of addresses) {
      if (faults.length === MAX_FINDINGS) break;
      const fault = await faultOf(url, (address) => files.check(tenantId, address, allowed));
      if (fault === undefined) continue;
      const { error, message } = FAULTS[fault];
      faults.push({ error, detail: `${name} ${message}`, finding: { in: 'body', pointer, message } });
    }
  }
  const [first] = faults;
  return (
    first && { error: first.error, detail: first.detail, findings: faults.map(({ finding }) => finding) }
  );
}

function tooManyFiles(name: string): FileFaults {
  const message = `has more than ${MAX_FILES} files`;
  const finding = { in: 'body', pointer: `/parameters/${toToken(name)}`, message } as const;
  return { error: 'FILE_VARIABLE_PROTOCOL_ERROR', detail: `${name} ${message}`, findings: [finding] };
}

type Fault = keyof typeof FAULTS;

async function faultOf(
  given: unknown,
  check: (url: string) => Promise<Fault | undefined>,
): Promise<Fault | undefined> {
  if (typeof given !== 'string') return 'no_text';
  return URL.canParse(given) ? check(given) : 'no_address';
}

const FAULTS = {
  no_text: { error: 'FILE_VARIABLE_PROTOCOL_ERROR', message: 'is neither an address nor a list of such' },
  no_address: { error: 'FILE_INVALID_TYPE_ERROR', message: 'is no address' },
  not_found: { error: 'FILE_INVALID_ERROR', message: 'is no file that was uploaded here' },
  kind_not_allowed: { error: 'FILE_INVALID_ERROR', message: 'is of a kind that the input does not take' },
} as const satisfies Record<string, { readonly error: ErrorName; readonly message: string }>;

/** An input that is not given has no addresses, and the empty text is none. */
function addressesIn(value: unknown, pointer: string): { readonly pointer: string; readonly url: unknown }[] {
  if (value === undefined || value === null || value === '') return [];
  if (!Array.isArray(value)) return [{ pointer, url: value }];
  return value.map((url: unknown, index) => ({ pointer: `${pointer}/${index}`, url }));
}

/** RFC 6901 section 3. */
const toToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
