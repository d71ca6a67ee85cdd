export { addHeaders, applyHeaders } from './added-headers.ts';
export { bind } from './bind.ts';
export type { UploadOptions } from './body/reader.ts';
export { type CloseReason, ConnectionClosed } from './connection.ts';
export type {
  Handler,
  HandlerReply,
  HandlerRequest,
  Handlers,
  OperationHandlers,
  StreamFrame,
} from './handlers.ts';
export type { BindOptions, ErrorInfo, InterceptedCall, RequestInfo } from './options.ts';
export { type InputFinding, type Problem, ProblemError, type ProblemKind } from './problem.ts';
export { type AnyReply, ReplyError } from './replies.ts';
export type { AuthResult, Caller, Credentials, SecurityOptions } from './security.ts';
export { bindSockets, type SocketServer } from './socket/bind-sockets.ts';
export { SocketClosed } from './socket/close.ts';
export type {
  ChannelHandlers,
  MessageHandlers,
  OpenedSocket,
  ProblemMessage,
  ReadyData,
  ResumeFailed,
  ServerMessage,
  SocketConnection,
  SocketEnd,
  SocketHandler,
  SocketHandlers,
  SubscribeRequest,
  Subscription,
} from './socket/handlers.ts';
export type {
  ClosedSocketInfo,
  RateLimits,
  SocketInfo,
  SocketLimits,
  SocketServerOptions,
} from './socket/options.ts';
