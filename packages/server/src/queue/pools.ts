/** The pool of runs that callers start and leave to run, as the mandas API does. */
export const BACKGROUND_POOL = 'background';
