export { bind } from './bind.ts';
export { type CloseReason, ConnectionClosed } from './connection.ts';
export type {
  Handler,
  HandlerReply,
  HandlerRequest,
  Handlers,
  OperationHandlers,
  StreamFrame,
} from './handlers.ts';
export type { BindOptions, ErrorInfo, RequestInfo } from './options.ts';
export { type InputFinding, type Problem, ProblemError, type ProblemKind } from './problem.ts';
export { ReplyError } from './replies.ts';
export type { AuthResult, Caller, Credentials, SecurityOptions } from './security.ts';
