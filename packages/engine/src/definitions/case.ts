import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { FinalState, JsonObject } from '../events.ts';
import type { Step } from './story.ts';

/** A workflow of `packages/engine/definitions` with what is expected of it; the file `<name>.case.yaml` beside it. */
export interface Case {
  /** Folder and file name. */
  readonly name: string;
  /** The workflow file. */
  readonly text: string;
  /** Texts of the workflows that it calls, by their ids. */
  readonly subflows: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Of a foreign format, each node as `id type: status -> types of ours`. */
  readonly report?: readonly string[];
  /** What the import tells beyond single nodes. */
  readonly notes?: readonly string[];
  /** The secrets that the import took out of the text. */
  readonly moved?: Readonly<Record<string, string>>;
  /** One after the other on the same store. */
  readonly runs: readonly CaseRun[];
}

export interface CaseRun {
  readonly title: string;
  readonly inputs?: JsonObject;
  readonly conversation?: string;
  readonly model?: readonly ModelRule[];
  readonly http?: readonly HttpRule[];
  readonly mails?: readonly JsonObject[];
  /** By the node that asks; of a list the next one each time. */
  readonly answers?: Readonly<Record<string, Answer | readonly Answer[]>>;
  /** `succeeded` when absent. */
  readonly state?: FinalState;
  readonly outputs?: JsonObject;
  /** `code at node`, of a run that fails. */
  readonly error?: string;
  readonly events: readonly Step[];
  /** What each answer or end node told, in the order of their turns. */
  readonly text?: Readonly<Record<string, string>>;
  /** Nodes whose text was told before they had ended. */
  readonly streamed?: readonly string[];
  readonly reasoning?: Readonly<Record<string, string>>;
  /** What code printed, by node. */
  readonly logs?: Readonly<Record<string, string>>;
}

export type Answer =
  | { readonly choice: string }
  | { readonly text: string }
  | { readonly skip: true }
  | { readonly give_up: true }
  /** Nobody answers in time. */
  | { readonly expire: true };

/** A request that the model gets, and what it says; the first rule that fits counts. */
export interface ModelRule {
  /** Part of the last message. */
  readonly when: string;
  /** Part of the first message, which is the system's. */
  readonly system?: string;
  /** What stands between the system's message and the last one, as `role: content`. */
  readonly history?: readonly string[];
  /** Members of the request, such as `temperature`. */
  readonly request?: JsonObject;
  readonly images?: readonly string[];
  /** Names of the tools that it may call. */
  readonly tools?: readonly string[];
  readonly reply: ModelReply | readonly ModelReply[];
  /** How often it is asked: as often as there are replies, when absent. */
  readonly times?: number;
}

export interface ModelReply {
  readonly reasoning?: string;
  readonly text?: string;
  readonly json?: JsonObject;
  readonly tool_calls?: readonly { readonly name: string; readonly arguments: JsonObject }[];
  /** A failure that passes, after what was said. */
  readonly error?: string;
}

/** A request that the server gets, and what it answers; all that is given has to fit. */
export interface HttpRule {
  /** Method and target, such as `GET /orders?id=7`. */
  readonly request: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  /** Parts of the body. */
  readonly parts?: readonly string[];
  readonly reply?: HttpReply | readonly HttpReply[];
  readonly times?: number;
}

export interface HttpReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  /** Answers only when so many requests wait at once. */
  readonly gather?: number;
  /** Never answers. */
  readonly silent?: true;
}

const FOLDER = new URL('../../definitions/', import.meta.url);
const SUFFIX = '.case.yaml';
/** Stands for the server's address in workflows and cases. */
const ADDRESS = 'http://stand-in.test';

const MEMBERS = {
  case: ['secrets', 'subflows', 'report', 'notes', 'moved', 'runs'],
  run: [
    ...['title', 'inputs', 'conversation', 'model', 'http', 'mails', 'answers', 'state', 'outputs'],
    ...['error', 'events', 'text', 'streamed', 'reasoning', 'logs'],
  ],
  model: ['when', 'system', 'history', 'request', 'images', 'tools', 'reply', 'times'],
  http: ['request', 'headers', 'json', 'text', 'parts', 'reply', 'times'],
};

/** Every case there is. `address` is put in place of the address in their texts. */
export function loadCases(address: string): readonly Case[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).sort();
  return files.filter((file) => file.endsWith(SUFFIX)).map((file) => loadCase(file, files, address));
}

function loadCase(file: string, files: readonly string[], address: string): Case {
  const name = file.slice(0, -SUFFIX.length);
  const workflow = files.find((other) => other !== file && other.startsWith(`${name}.`));
  if (workflow === undefined) throw new Error(`there is no workflow beside ${file}`);
  const read = (path: string): string =>
    readFileSync(new URL(path, FOLDER), 'utf8').replaceAll(ADDRESS, address);
  const value: unknown = parse(read(file));
  checkMembers(value, MEMBERS.case, file);
  // Sound: the members are known ones, and what they hold is a part of this test as much as its code.
  const known = value as Omit<Case, 'name' | 'text'>;
  for (const run of known.runs) {
    checkMembers(run, MEMBERS.run, file);
    for (const rule of run.model ?? []) checkMembers(rule, MEMBERS.model, file);
    for (const rule of run.http ?? []) checkMembers(rule, MEMBERS.http, file);
  }
  const subflows = Object.entries(known.subflows ?? {}).map(([id, path]) => [id, read(path)] as const);
  return { ...known, name, text: read(workflow), subflows: Object.fromEntries(subflows) };
}

/** A member that is misspelt would expect nothing. */
function checkMembers(value: unknown, members: readonly string[], file: string): void {
  if (typeof value !== 'object' || value === null) throw new Error(`${file}: a map is expected`);
  const unknown = Object.keys(value).find((key) => !members.includes(key));
  if (unknown !== undefined) throw new Error(`${file}: there is no member ${unknown}`);
}

/** One value, or the values of a list. */
export const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  // Sound: none of the values that stand in lists is a list itself.
  (Array.isArray(value) ? value : [value]) as readonly T[];
