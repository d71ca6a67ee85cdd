import type { ErrorEnvelope, ErrorFrame, Finding } from '@flowwire/contract/astron';
import { epochSeconds } from '../epoch.ts';
import { newSid } from './sid.ts';

/** Whose numbers nine of the errors have: those of this API's documents, or astron-agent's. */
export const CODE_SETS = ['documented', 'upstream'] as const;
export type CodeSet = (typeof CODE_SETS)[number];

/** What is said of an error; `upstream` is astron-agent's number where it is another one. */
interface ErrorText {
  readonly code: number;
  readonly upstream?: number;
  /** Ends no sentence: a detail in brackets may follow. */
  readonly text: string;
}

/** Every error of the document, by astron-agent's names. */
const ERRORS = {
  PARAM_ERROR: { code: 460, text: 'The request is not valid' },
  FLOW_NOT_PUBLISH_ERROR: { code: 1001, upstream: 20204, text: 'The flow is not published' },
  OPEN_API_ERROR: { code: 1002, upstream: 20805, text: 'Something went wrong here' },
  EVENT_REGISTRY_NOT_FOUND_ERROR: { code: 1003, upstream: 23900, text: 'No run waits for this answer' },
  FLOW_PUBLISH_ERROR: { code: 1004, upstream: 20206, text: 'The flow could not be published' },
  APP_TENANT_NOT_FOUND_ERROR: { code: 1005, upstream: 20002, text: 'The caller is no app of a tenant' },
  FLOW_NOT_FOUND_ERROR: { code: 1006, upstream: 20201, text: 'There is no such flow' },
  APP_FLOW_AUTH_BOND_ERROR: { code: 1007, upstream: 20007, text: 'The app could not be bound to the flow' },
  FILE_INVALID_ERROR: { code: 1008, upstream: 23601, text: 'The file is not valid' },
  FILE_STORAGE_ERROR: { code: 1009, upstream: 23604, text: 'The file could not be stored' },
  IDEMPOTENCY_KEY_REUSED_ERROR: { code: 1010, text: 'The Idempotency-Key was used with another request' },
  TOO_MANY_REQUESTS_ERROR: { code: 1011, text: 'Too many requests' },
  SERVICE_UNAVAILABLE_ERROR: { code: 1012, text: 'The server is not available' },
  APP_NOT_FOUND_ERROR: { code: 20000, text: 'There is no such app' },
  APP_GET_WITH_REMOTE_FAILED_ERROR: { code: 20001, text: 'The credentials are not valid' },
  APP_TENANT_PLATFORM_UNAUTHORIZED_ERROR: { code: 20003, text: 'The caller lacks the permission' },
  APP_FLOW_NOT_AUTH_BOND_ERROR: { code: 20004, text: 'The app is not bound to the flow' },
  APP_FLOW_NO_LICENSE_ERROR: { code: 20005, text: 'The app may not do this with the flow' },
  APP_PLAT_NOT_RELEASE_OP_ERROR: { code: 20006, text: 'The platform does not have this way of publishing' },
  PROTOCOL_DELETE_ERROR: { code: 20103, text: 'The flow could not be deleted' },
  PROTOCOL_UPDATE_ERROR: { code: 20104, text: 'The flow could not be changed' },
  PROTOCOL_GET_ERROR: { code: 20105, text: 'The flow could not be read' },
  VARIABLE_POOL_SET_PARAMETER_ERROR: { code: 20601, text: 'The variable could not be set' },
  OPEN_API_STREAM_QUEUE_TIMEOUT_ERROR: { code: 20804, text: 'The run took longer than it may' },
  CODE_EXECUTION_ERROR: { code: 21600, text: 'The code failed' },
  CODE_BUILD_ERROR: { code: 21601, text: 'The code was refused' },
  CODE_NODE_RESULT_TYPE_ERROR: { code: 21602, text: 'The code answered the wrong type' },
  CODE_EXECUTION_TIMEOUT_ERROR: { code: 21603, text: 'The code timed out' },
  CODE_REQUEST_ERROR: { code: 21604, text: 'The code could not be run' },
  NODE_DEBUG_ERROR: { code: 21700, text: 'The node could not be tried out' },
  ENG_PROTOCOL_VALIDATE_ERROR: { code: 22100, text: 'The flow cannot be built' },
  ENG_NODE_PROTOCOL_VALIDATE_ERROR: { code: 22101, text: 'The flow has nodes that are not supported' },
  ENG_RUN_ERROR: { code: 22301, text: 'The run failed' },
  NODE_RUN_ERROR: { code: 22302, text: 'A node failed' },
  NODE_RUN_TIMEOUT_ERROR: { code: 22303, text: 'The node timed out' },
  START_NODE_SCHEMA_ERROR: { code: 22500, text: "The parameters do not fit the flow's inputs" },
  END_NODE_EXECUTION_ERROR: { code: 22601, text: 'The end node failed' },
  MESSAGE_NODE_EXECUTION_ERROR: { code: 22701, text: 'A message node failed' },
  WORKFLOW_EXECUTION_ERROR: { code: 22801, text: 'A sub-flow failed' },
  IF_ELSE_NODE_EXECUTION_ERROR: { code: 23100, text: 'A branch could not be chosen' },
  ITERATION_EXECUTION_ERROR: { code: 23200, text: 'An iteration failed' },
  LLM_NODE_EXECUTION_ERROR: { code: 23300, text: 'A model failed' },
  FILE_VARIABLE_PROTOCOL_ERROR: { code: 23602, text: 'A file input has faults' },
  FILE_INVALID_TYPE_ERROR: { code: 23603, text: 'The address of a file is not valid' },
  QUESTION_ANSWER_NODE_EXECUTION_ERROR: { code: 23800, text: 'The question failed' },
  QUESTION_ANSWER_RESUME_DATA_ERROR: { code: 23802, text: 'The question must be answered' },
  QUESTION_ANSWER_HANDLER_RESPONSE_ERROR: { code: 23803, text: 'The answer could not be read' },
  EVENT_REGISTRY_LOCK_ERROR: { code: 23901, text: 'Another answer to the same question is being taken' },
} as const satisfies Readonly<Record<string, ErrorText>>;

export type ErrorName = keyof typeof ERRORS;

/** Sound: these are all keys that the table was written with. */
export const ERROR_NAMES = Object.keys(ERRORS) as ErrorName[];

/** Errors in the shapes of this API. Each answer that is made here has a `sid` of its own. */
export interface Errors {
  code(name: ErrorName): number;
  /** An error's text, with a detail in brackets. */
  message(name: ErrorName, detail?: string): string;
  refuse(
    name: ErrorName,
    detail?: string,
    findings?: readonly Finding[],
  ): ErrorEnvelope & { readonly sid: string };
  /** What an operation that speaks in frames answers when no run has begun. */
  errorFrame(name: ErrorName, detail?: string, findings?: readonly Finding[]): ErrorFrame;
}

const NO_TOKENS = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } as const;

/** @param now milliseconds since the epoch. */
export function createErrors(codeSet: CodeSet, now: () => number = Date.now): Errors {
  const code = (name: ErrorName): number => {
    const error: ErrorText = ERRORS[name];
    return codeSet === 'upstream' ? (error.upstream ?? error.code) : error.code;
  };
  const message = (name: ErrorName, detail?: string): string =>
    detail === undefined ? ERRORS[name].text : `${ERRORS[name].text} (${detail})`;
  const named = (findings: readonly Finding[] = []) =>
    findings.length > 0 ? { findings: [...findings] } : {};

  return {
    code,
    message,
    refuse: (name, detail, findings) => ({
      code: code(name),
      message: message(name, detail),
      ...named(findings),
      sid: newSid(now()),
    }),
    errorFrame: (name, detail, findings) => ({
      code: code(name),
      message: message(name, detail),
      id: newSid(now()),
      created: epochSeconds(now()),
      workflow_step: { seq: 0, progress: 1 },
      choices: [
        { delta: { role: 'assistant', content: '', reasoning_content: '' }, index: 0, finish_reason: 'stop' },
      ],
      usage: NO_TOKENS,
      ...named(findings),
    }),
  };
}
