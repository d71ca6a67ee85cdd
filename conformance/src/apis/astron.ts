import { astron } from '@flowwire/contract/astron';
import type { ApiSuite, Caller } from '../api.ts';
import type { Input } from '../wire/request.ts';
import { FLOWS } from './astron-flows.ts';
import {
  appId,
  DEBUGGED,
  interrupted,
  type Mode,
  PARAMETERS,
  published,
  RELEASED,
  runnable,
  stored,
  uploaded,
} from './astron-runs.ts';
import { ECHO_FLOW, JOINER_GRAPH, OPTION_FLOW } from './astron-sources.ts';
import { SAME_ERRORS, UNPROVOKED } from './astron-unprovoked.ts';
import { bodyCode } from './bodies.ts';

type Make = (caller: Caller) => Promise<Input>;

const inBody =
  (name: string, make: (caller: Caller) => Promise<string>, rest: object = {}): Make =>
  async (caller) => ({ body: { [name]: await make(caller), ...rest } });

const inPath =
  (name: string, make: (caller: Caller) => Promise<string>, rest: Omit<Input, 'path'> = {}): Make =>
  async (caller) => ({ path: { [name]: await make(caller) }, ...rest });

const text = (name: string): File =>
  new File(['Invoice 17 is due on Friday.\n'], name, { type: 'text/plain' });

/** The last part of an uploaded file's address. */
const fileId = async (caller: Caller): Promise<string> =>
  (await uploaded(caller, text('conformance.txt'))).split('/').at(-1) ?? '';

const chat = { parameters: PARAMETERS, stream: false };

const resume =
  (mode: Mode): Make =>
  async (caller) => ({
    body: {
      event_id: await interrupted(caller, mode, OPTION_FLOW),
      event_type: 'resume',
      content: 'A',
      stream: false,
    },
  });

export const astronSuite: ApiSuite = {
  contract: astron,
  specs: 'astron',
  codeOf: bodyCode,
  schemaCodes: [460],
  sameCodes: SAME_ERRORS,
  // Its app_id and uid are for the caller's own records.
  namedByCaller: ['runCode'],
  requests: {
    createChatCompletion: inBody('flow_id', runnable, chat),
    resumeChat: resume(RELEASED),
    debugChatCompletion: inBody('flow_id', stored, chat),
    resumeDebugChat: resume(DEBUGGED),
    publishFlow: inBody('flow_id', stored, { release_status: 1, plat: 1 }),
    bindApp: async (caller) => ({ body: { flow_id: await published(caller), app_id: await appId(caller) } }),
    uploadFile: async () => ({ body: { file: text('conformance.txt') } }),
    uploadFiles: async () => ({ body: { files: [text('one.txt'), text('two.txt')] } }),
    downloadFile: inPath('file_id', fileId),
    addLayout: async () => ({ body: { name: 'conformance', data: ECHO_FLOW } }),
    getLayout: inBody('flow_id', stored),
    updateLayout: inPath('flow_id', stored, { body: { description: 'changed' } }),
    deleteLayout: async (caller) => ({
      body: { flow_id: await stored(caller), app_id: await appId(caller) },
    }),
    buildLayout: inPath('flow_id', stored),
    debugNode: async () => ({ body: { id: 'conformance', name: 'conformance', data: JOINER_GRAPH } }),
    runCode: async () => ({
      body: {
        code: 'def main(a, b):\n    return {"sum": a + b}\n',
        app_id: 'conformance',
        uid: 'conformance',
        variables: [
          { name: 'a', content: 20 },
          { name: 'b', content: 22 },
        ],
      },
    }),
    getFlowInfo: inPath('flow_id', runnable),
  },
  flows: FLOWS,
  unprovoked: UNPROVOKED,
};
