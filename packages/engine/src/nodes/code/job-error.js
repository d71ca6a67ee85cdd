// @ts-check

/** A failure of the job's own code: what a NodeError will say. */
export class JobError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @param {number} maxBytes */
export const returnedTooMuch = (maxBytes) =>
  new JobError('output_too_large', `main returned more than ${maxBytes} bytes`);

/** @param {number} maxBytes */
export const printedTooMuch = (maxBytes) =>
  new JobError('output_too_large', `the code printed more than ${maxBytes} bytes`);

export const outOfTime = () => new JobError('node_timed_out', 'the code ran out of time');
