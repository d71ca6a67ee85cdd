import { type JsonObject, NodeError } from '@flowwire/engine';
import type { AstronDeps, Part } from '../deps.ts';
import { codeErrorName } from '../dialect/run-errors.ts';
import { refused, told } from '../replies.ts';

const TIMEOUT_MS = 10_000;
const MEMORY_MB = 128;

/** Runs code as a code node does, without a flow around it. */
export const createCodeHandlers = ({
  code,
  errors,
  now,
}: Pick<AstronDeps, 'code' | 'errors' | 'now'>): Part<'runCode'> => ({
  async runCode({ body, context, signal }) {
    const twice = body.variables.findIndex(
      ({ name }, index) => body.variables.findIndex((other) => other.name === name) < index,
    );
    if (twice >= 0) {
      const pointer = `/variables/${twice}/name`;
      const finding = { in: 'body', pointer, message: 'names a variable a second time' } as const;
      return refused(errors, 'PARAM_ERROR', `body ${pointer} ${finding.message}`, [finding]);
    }
    if (!/\bmain\b/.test(body.code))
      return refused(errors, 'CODE_BUILD_ERROR', 'it defines no function main');
    // Sound: the body was JSON text, so its values are JSON values.
    const inputs = Object.fromEntries(
      body.variables.map(({ name, content }) => [name, content]),
    ) as JsonObject;
    try {
      const { outputs } = await code.run(
        {
          language: 'python',
          source: body.code,
          inputs,
          timeoutMs: TIMEOUT_MS,
          memoryLimitMb: MEMORY_MB,
          isolationKey: context.tenantId,
        },
        signal,
      );
      return told({ ...outputs }, now());
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      const name = codeErrorName(error.code);
      return refused(
        errors,
        name,
        error.code === 'node_timed_out' ? `${TIMEOUT_MS / 1000} s` : error.message,
      );
    }
  },
});
