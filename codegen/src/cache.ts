import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Generated, Job } from './jobs.ts';
import { isObject } from './json.ts';

// What was made of what is remembered beside the installed packages, so that a second run need not even
// load the generator. A record holds for one state of the generator, the documents and the made files.

/** Digests by path. */
type Digests = Readonly<Record<string, string>>;

const digest = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

const digestOfFile = async (path: string): Promise<string> =>
  readFile(path).then(digest, () => 'there is no such file');

async function digestsOf(paths: readonly string[]): Promise<Digests> {
  const pairs = await Promise.all(paths.map(async (path) => [path, await digestOfFile(path)] as const));
  return Object.fromEntries(pairs);
}

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Where a folder's record is; undefined where no packages are installed above it. */
async function recordPath(out: string): Promise<string | undefined> {
  for (let folder = resolve(out); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (await isFolder(modules))
      return join(modules, '.cache/flowwire', `${digest(resolve(out)).slice(0, 16)}.json`);
    if (folder === dirname(folder)) return undefined;
  }
}

let fingerprint: Promise<string> | undefined;

/** Changes with the generator's own files, by size and time. */
const generatorState = (): Promise<string> => {
  fingerprint ??= (async () => {
    const folder = import.meta.dirname;
    const files = (await readdir(folder, { recursive: true })).sort();
    const states = await Promise.all(files.map((file) => stat(join(folder, file))));
    return digest(
      files.map((file, index) => `${file} ${states[index]?.size} ${states[index]?.mtimeMs}`).join(),
    );
  })();
  return fingerprint;
};

const stateOf = async (job: Job): Promise<string> => digest(`${await generatorState()} ${job.options}`);

const equal = (a: unknown, b: Digests): boolean =>
  isObject(a) &&
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(b).every(([key, value]) => a[key] === value);

/** Whether a job's folder is as this generator made it of the documents as they are. */
export async function isUpToDate(job: Job): Promise<boolean> {
  const path = await recordPath(job.out);
  const text = path && (await readFile(path, 'utf8').catch(() => undefined));
  if (text === undefined || text === '') return false;
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return false;
  }
  if (!isObject(record) || !isObject(record.inputs) || !isObject(record.outputs)) return false;
  if (record.state !== (await stateOf(job))) return false;
  const [inputs, outputs] = await Promise.all([
    digestsOf(Object.keys(record.inputs)),
    digestsOf(Object.keys(record.outputs)),
  ]);
  return equal(record.inputs, inputs) && equal(record.outputs, outputs);
}

/** Notes what a job has written. Jobs with warnings are not remembered: they shall be told each time. */
export async function remember(job: Job, { inputs, files, warnings }: Generated): Promise<void> {
  const path = await recordPath(job.out);
  if (path === undefined || inputs.length === 0 || warnings.length > 0) return;
  const outputs = [...files].map(
    ([name, content]) => [join(resolve(job.out), name), digest(content)] as const,
  );
  const record = {
    state: await stateOf(job),
    inputs: await digestsOf(inputs),
    outputs: Object.fromEntries(outputs),
  };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(record));
}
