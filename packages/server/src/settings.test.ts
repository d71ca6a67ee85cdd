import { describe, expect, test } from 'vitest';
import { readSettings } from './settings.ts';

describe('settings', () => {
  test('an empty environment gives the defaults', () => {
    expect(readSettings({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      dataDir: './.data',
      databaseUrl: undefined,
      model: undefined,
      runTimeoutMs: 300_000,
    });
  });

  test.each([
    ['a port that is no port', { PORT: '70000' }, 'PORT must be a whole number from 0 to 65535, not "70000"'],
    [
      'a database of another kind',
      { DATABASE_URL: 'mysql://x' },
      'DATABASE_URL must be a URL that begins with',
    ],
    ['an endpoint without a model', { OPENAI_BASE_URL: 'http://x/v1' }, 'OPENAI_MODEL is needed'],
    ['a model without an endpoint', { OPENAI_MODEL: 'm' }, 'OPENAI_BASE_URL is needed'],
    ['a guessable key', { FLOWWIRE_DEV_KEY: 'secret' }, 'FLOWWIRE_DEV_KEY needs at least 16 characters'],
    ['an unknown log level', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of'],
  ])('%s is refused by name', (_name, env, message) => {
    expect(() => readSettings(env)).toThrow(message);
  });

  test('all faults are told at once', () => {
    expect(() => readSettings({ PORT: 'x', LOG_LEVEL: 'loud' })).toThrow(/PORT[\s\S]*LOG_LEVEL/);
  });
});
