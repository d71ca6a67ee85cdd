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
      disconnectGraceMs: 10_000,
      mail: undefined,
      secretKey: undefined,
      tenantConcurrency: 64,
      backgroundConcurrency: 10,
      backgroundTimeoutMs: 3_600_000,
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

  test('a login lasts for 12 hours unless told otherwise', () => {
    expect(readSettings({}).loginMs).toBe(12 * 3_600_000);
    expect(readSettings({ FLOWWIRE_LOGIN_HOURS: '1' }).loginMs).toBe(3_600_000);
    expect(() => readSettings({ FLOWWIRE_LOGIN_HOURS: '9601' })).toThrow('FLOWWIRE_LOGIN_HOURS');
  });

  test('apps are believed on loopback, but not in production', () => {
    expect(readSettings({}).trustLoopbackApps).toBe(true);
    expect(readSettings({ NODE_ENV: 'production' }).trustLoopbackApps).toBe(false);
  });

  test('uploaded files have a quota, and are kept for 30 days unless told otherwise', () => {
    expect(readSettings({})).toMatchObject({ fileQuota: 5_000 * 1_048_576, retainFilesMs: 30 * 86_400_000 });
    const files = { FLOWWIRE_FILE_QUOTA_MB: '1', FLOWWIRE_RETAIN_FILES_DAYS: 'forever' };
    expect(readSettings(files)).toMatchObject({ fileQuota: 1_048_576, retainFilesMs: undefined });
  });

  test('limits of requests are on, each with a number of its own, until they are switched off', () => {
    expect(readSettings({}).rates).toEqual({ key: 600, mandas: 100, address: 3_000, login: 10 });
    const rates = {
      FLOWWIRE_RATE_LIMIT: 'off',
      FLOWWIRE_MANDAS_RATE_LIMIT: '7',
      FLOWWIRE_ADDRESS_RATE_LIMIT: 'off',
      FLOWWIRE_LOGIN_RATE_LIMIT: 'off',
    };
    expect(readSettings(rates).rates).toEqual({
      key: undefined,
      mandas: 7,
      address: undefined,
      login: undefined,
    });
  });

  test('lists are separated by commas, with or without spaces', () => {
    const settings = readSettings({
      FLOWWIRE_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      FLOWWIRE_CORS_ORIGINS: 'https://a.example,http://localhost:5173',
      FLOWWIRE_ALLOW_PRIVATE_ADDRESSES: 'localhost:9000,',
    });
    expect(settings.trustedProxies).toEqual(['10.0.0.0/8', '::1']);
    expect(settings.corsOrigins).toEqual(['https://a.example', 'http://localhost:5173']);
    expect(settings.allowPrivateAddresses).toEqual(['localhost:9000']);
  });

  test('the public URL is kept without a slash at its end', () => {
    expect(readSettings({}).publicUrl).toBeUndefined();
    expect(readSettings({ FLOWWIRE_PUBLIC_URL: 'https://a.example/flows/' }).publicUrl).toBe(
      'https://a.example/flows',
    );
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
      'a limit that is no number',
      { FLOWWIRE_RATE_LIMIT: 'forever' },
      'FLOWWIRE_RATE_LIMIT must be a whole number from 1 to 1000000000, or off, not "forever"',
    ],
    [
      'a proxy by name',
      { FLOWWIRE_TRUSTED_PROXIES: '::1,proxy.local' },
      'FLOWWIRE_TRUSTED_PROXIES must be addresses or networks, not "proxy.local"',
    ],
    [
      'an origin with a path',
      { FLOWWIRE_CORS_ORIGINS: 'https://a.example/' },
      'FLOWWIRE_CORS_ORIGINS must be origins like https://app.example.com, or *, not "https://a.example/"',
    ],
    [
      'origins beside all of them',
      { FLOWWIRE_CORS_ORIGINS: '*,https://a.example' },
      'FLOWWIRE_CORS_ORIGINS has origins beside the *',
    ],
    [
      'a public URL without a scheme',
      { FLOWWIRE_PUBLIC_URL: 'a.example' },
      'FLOWWIRE_PUBLIC_URL must be a URL',
    ],
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
