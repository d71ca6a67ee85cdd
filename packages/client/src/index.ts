export type * from '@flowwire/contract';
export { createClient } from './client.ts';
export { ApiError, type ApiErrorType, type HttpErrorOf, isApiError } from './errors.ts';
export type { Auth } from './http/auth.ts';
export * from './identity.ts';
export type { AnyContract, ClientOptions, Fetch } from './options.ts';
export * from './workflow-execution.ts';
