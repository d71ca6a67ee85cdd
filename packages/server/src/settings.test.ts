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
      mail: undefined,
      secretKey: undefined,
      tenantConcurrency: 64,
      retention: { eventsMs: 30 * 86_400_000, runsMs: 365 * 86_400_000 },
    });
  });

  test('a tenant may have as many runs under way as the server, unless it says otherwise', () => {
    expect(readSettings({ FLOWWIRE_RUN_CONCURRENCY: '8' }).tenantConcurrency).toBe(8);
    expect(readSettings({ FLOWWIRE_TENANT_CONCURRENCY: '2' }).tenantConcurrency).toBe(2);
  });

  test('what is kept for ever is not part of the retention', () => {
    const retention = {
      FLOWWIRE_RETAIN_EVENTS_DAYS: 'forever',
      FLOWWIRE_RETAIN_RUNS_DAYS: '1',
      FLOWWIRE_RETAIN_EVENTS_OF_RUNS: '500',
    };
    expect(readSettings(retention).retention).toEqual({ runsMs: 86_400_000, eventsOfRuns: 500 });
  });

  test('mail needs where to hand it in, and whom it comes from', () => {
    const mail = { FLOWWIRE_SMTP_URL: 'smtp://mail.example.com', FLOWWIRE_MAIL_FROM: 'flows@example.com' };
    expect(readSettings(mail).mail).toEqual({ url: 'smtp://mail.example.com', from: 'flows@example.com' });
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
    ['mail without a sender', { FLOWWIRE_SMTP_URL: 'smtp://x' }, 'FLOWWIRE_MAIL_FROM is needed'],
    ['a sender without mail', { FLOWWIRE_MAIL_FROM: 'a@x' }, 'FLOWWIRE_SMTP_URL is needed'],
    [
      'a sender that is no address',
      { FLOWWIRE_SMTP_URL: 'smtp://x', FLOWWIRE_MAIL_FROM: 'me' },
      'FLOWWIRE_MAIL_FROM must be a mail address',
    ],
    ['mail by HTTP', { FLOWWIRE_SMTP_URL: 'http://x' }, 'FLOWWIRE_SMTP_URL must be a URL that begins with'],
    [
      'retention of no time',
      { FLOWWIRE_RETAIN_RUNS_DAYS: '0' },
      'FLOWWIRE_RETAIN_RUNS_DAYS must be a whole number from 1 to 36500, or forever, not "0"',
    ],
    ['an unknown log level', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of'],
  ])('%s is refused by name', (_name, env, message) => {
    expect(() => readSettings(env)).toThrow(message);
  });

  test('all faults are told at once', () => {
    expect(() => readSettings({ PORT: 'x', LOG_LEVEL: 'loud' })).toThrow(/PORT[\s\S]*LOG_LEVEL/);
  });
});
