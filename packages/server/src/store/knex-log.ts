/**
 * Where knex tells its warnings: stderr, as stdout is for what the program is asked for. That no connection was to be
 * had is left out: knex throws the same error, and whoever catches it says so.
 */
export const knexLog = {
  warn(message: string): void {
    if (!message.startsWith('Acquire connection error:')) console.warn(message);
  },
};
