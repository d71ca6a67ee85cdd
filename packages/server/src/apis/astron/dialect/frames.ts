import type {
  ContentFrame,
  ErrorFrame,
  InterruptData,
  InterruptFrame,
  NodeFrame,
  NodeInfo,
  PingFrame,
  StopFrame,
  Usage,
} from '@flowwire/contract/astron';
import type { QuestionAsked, TokenUsage } from '@flowwire/engine';
import { epochSeconds } from '../../epoch.ts';
import type { ErrorName, Errors } from '../errors.ts';

/** What all frames have. */
export interface FrameHead {
  readonly sid: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly seq: number;
  /** From 0 to 1. */
  readonly progress: number;
  /** Only while debugging. */
  readonly node?: NodeInfo;
}

/** Text of the answer and of the reasoning behind it. */
interface Text {
  readonly content?: string;
  readonly reasoning?: string;
}

const head = ({ sid, at, seq, progress, node }: FrameHead) => ({
  code: 0 as const,
  message: 'Success',
  id: sid,
  created: epochSeconds(at),
  workflow_step: { seq, progress, ...(node && { node }) },
});

const delta = (content = '', reasoning = '') => ({
  role: 'assistant',
  content,
  reasoning_content: reasoning,
});

export const toUsage = ({ prompt, completion }: TokenUsage): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
});

export const contentFrame = (at: FrameHead, { content, reasoning }: Text): ContentFrame => ({
  ...head(at),
  choices: [{ delta: delta(content, reasoning), index: 0 }],
});

/** A node's failure stands in the frame, as the run may go on all the same. */
export const nodeFrame = (
  at: FrameHead & { readonly node: NodeInfo },
  text: Text = {},
  failure?: { readonly code: number; readonly message: string },
): NodeFrame => ({
  ...head(at),
  ...failure,
  workflow_step: { seq: at.seq, progress: at.progress, node: at.node },
  choices: [{ delta: delta(text.content, text.reasoning), index: 0 }],
});

/** Its step is no position. */
export const pingFrame = (sid: string, at: number): PingFrame => ({
  ...head({ sid, at, seq: 0, progress: 1 }),
  choices: [{ delta: delta(), index: 0, finish_reason: 'ping' }],
});

/** A question, and what its options are where that is known. */
interface Question {
  readonly asked: QuestionAsked;
  readonly contentTypes: ReadonlyMap<string, string> | undefined;
}

export const interruptFrame = (
  at: FrameHead,
  eventId: string,
  { asked, contentTypes }: Question,
  { content, reasoning }: Text = {},
): InterruptFrame => ({
  ...head(at),
  choices: [{ delta: delta(content, reasoning), index: 0, finish_reason: 'interrupt' }],
  event_data: {
    event_id: eventId,
    event_type: 'interrupt',
    need_reply: asked.optional !== true,
    value: toQuestion(asked, contentTypes),
  },
});

const toQuestion = (
  { question, choices }: QuestionAsked,
  contentTypes: Question['contentTypes'],
): InterruptData['value'] =>
  choices
    ? {
        type: 'option',
        content: question,
        option: choices.map(({ id, label }) => ({
          id,
          text: label,
          content_type: contentTypes?.get(id) ?? 'text',
        })),
      }
    : { type: 'direct', content: question };

/** The end of a run that has succeeded. */
export const stopFrame = (
  at: FrameHead,
  { content, reasoning }: { readonly content: string; readonly reasoning: string },
  tokens: TokenUsage,
): StopFrame => ({
  ...head(at),
  choices: [{ delta: delta(content, reasoning), index: 0, finish_reason: 'stop' }],
  usage: toUsage(tokens),
});

/** The end of a run that has not. */
export const failureFrame = (
  at: FrameHead,
  errors: Errors,
  { name, detail }: { readonly name: ErrorName; readonly detail: string },
): ErrorFrame => {
  const { id, created, workflow_step } = head(at);
  return { ...errors.errorFrame(name, detail), id, created, workflow_step };
};
