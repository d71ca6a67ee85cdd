import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { readMockSource } from '../api.ts';
import { planApi } from '../api-plan.ts';
import { type MockServer, type ServerOptions, startMock } from '../server.ts';

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The plan of the tea house, which the tests of the mock speak of. */
export const teaHouse = async (seed = 1) =>
  planApi(
    await readMockSource(
      { name: 'tea-house', openapi: at('openapi.yaml'), asyncapi: at('asyncapi.yaml') },
      { seed },
    ),
  );

/** The plan of a second API, beside it. */
export const steam = async (seed = 1) =>
  planApi(await readMockSource({ name: 'steam', openapi: at('steam.yaml') }, { seed }));

export interface RunningMock extends MockServer {
  /** What it has said of its requests. */
  readonly lines: readonly string[];
}

/** Serves the tea house and the steam of its kettle until the test is over. */
export async function serveMock(more: Partial<ServerOptions> = {}, seed = 1): Promise<RunningMock> {
  const lines: string[] = [];
  const server = await startMock([await teaHouse(seed), await steam(seed)], {
    host: '127.0.0.1',
    port: 0,
    delay: 0,
    eventInterval: 0,
    log: (line) => lines.push(line),
    ...more,
  });
  onTestFinished(() => server.stop());
  return { ...server, lines };
}
