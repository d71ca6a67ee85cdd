export type * from './client-types.ts';
export type * from './contract.ts';
export * from './findings.ts';
export * from './sse/decode.ts';
export * from './sse/encode.ts';
