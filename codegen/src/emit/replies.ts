import type { OperationModel, ReplyModel } from '../model/api.ts';
import { bodyType } from './bodies.ts';

const isSuccess = ({ status }: ReplyModel): boolean => status.startsWith('2');

/** The answers of a call that succeeds: those of class 2, or `default` where the document has none. */
export function successesOf({ replies }: OperationModel): readonly ReplyModel[] {
  const successes = replies.filter(isSuccess);
  return successes.length > 0 ? successes : replies.filter(({ status }) => status === 'default');
}

/** What a call that is answered once resolves to. */
export function resultType(operation: OperationModel): string {
  const types = successesOf(operation).flatMap(({ content, stream }) => {
    if (content.length === 0) return stream ? [] : ['void'];
    return content.map(bodyType);
  });
  const unique = [...new Set(types)];
  // On a resumable operation an answer without a body says that no event is left; only streams ask for that.
  const wanted = operation.resumable && unique.length > 1 ? unique.filter((type) => type !== 'void') : unique;
  return (
    wanted.map((type) => (type === 'void' && wanted.length > 1 ? 'undefined' : type)).join(' | ') || 'void'
  );
}

/** The stream that an operation may be answered by. */
export const streamOf = (operation: OperationModel): ReplyModel['stream'] =>
  successesOf(operation).find(({ stream }) => stream)?.stream;

/** Whether it may be answered by a body that is read as a whole. */
export const answersAtOnce = (operation: OperationModel): boolean =>
  successesOf(operation).some(({ content }) => content.length > 0);
