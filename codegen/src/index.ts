export { type Config, ConfigError, loadConfig } from './config.ts';
export type { Files } from './emit/api.ts';
export { type ApiSource, generateApi, generateSchemas, loadApi, type SchemaSource } from './generate.ts';
export type { ApiModel, OperationModel, ReplyModel, StreamModel } from './model/api.ts';
export { compareFiles, type Difference, writeFiles } from './output.ts';
export { DocumentError, formatProblem, type Problem } from './problems.ts';
