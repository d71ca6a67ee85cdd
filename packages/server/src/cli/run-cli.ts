import { createAudit } from '../audit/audit.ts';
import { readSettings, type Settings, SettingsError } from '../settings.ts';
import { createAppStore } from '../store/app-store.ts';
import { createAuditStore } from '../store/audit-store.ts';
import { createKeyStore } from '../store/key-store.ts';
import { StoreLockedError } from '../store/sqlite-lock.ts';
import { openDatabase } from '../store/store.ts';
import { storeTarget } from '../store-target.ts';
import { appCommands } from './apps.ts';
import { readArguments } from './arguments.ts';
import { type Command, CommandError, type Io, type Stores, UsageError } from './command.ts';
import { keyCommands } from './keys.ts';

const GROUPS = new Map<string, ReadonlyMap<string, Command>>([
  ['keys', new Map(Object.entries(keyCommands))],
  ['apps', new Map(Object.entries(appCommands))],
]);

const PROGRAM = 'flowwire-server';

/** Whether the program's first argument is a command, rather than something about the server. */
export const isCommand = (argument: string): boolean => GROUPS.has(argument);

/**
 * Runs a command, such as `keys list --tenant dev`, on the store that the settings name.
 *
 * @returns what the program ends with: 0, 1 for what could not be done, 2 for arguments that cannot be used.
 * Other errors, as of a database that is not there, are thrown.
 */
export async function runCli(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  io: Io,
): Promise<number> {
  const [group = '', name = '', ...rest] = args;
  const commands = GROUPS.get(group) ?? new Map<string, Command>();
  const command = commands.get(name);
  if (!command) return explainGroup(group, name, commands, io);
  try {
    const given = readArguments(rest, command);
    if (given.isHelp) {
      io.out(`${command.about}\n\nUsage: ${PROGRAM} ${command.usage}\n`);
      return 0;
    }
    const work = command.plan(given, io);
    await withStores(readSettings(environment), io, work);
    return 0;
  } catch (error) {
    return explainFailure(error, command, io);
  }
}

/** Tells the commands of a group, which is a success for who asked for help. */
function explainGroup(group: string, name: string, commands: ReadonlyMap<string, Command>, io: Io): number {
  const lines = [...commands.values()].map(({ usage }) => `  ${PROGRAM} ${usage}\n`);
  const help = `Usage:\n${lines.join('')}\nThe store is the one of the server's settings. --help after a command tells more.\n`;
  if (name === '--help') {
    io.out(help);
    return 0;
  }
  io.err(`${name === '' ? `${group} needs a command` : `unknown command ${group} ${name}`}\n\n${help}`);
  return 2;
}

function explainFailure(error: unknown, { usage }: Command, io: Io): number {
  if (error instanceof UsageError) {
    io.err(`${error.message}\n\nUsage: ${PROGRAM} ${usage}\n`);
    return 2;
  }
  if (error instanceof CommandError || error instanceof SettingsError) {
    io.err(`${error.message}\n`);
    return 1;
  }
  if (error instanceof StoreLockedError) {
    io.err(
      'Another process, most likely the server, uses this SQLite data, which has one process at a time. Use the ' +
        "server's identity API instead (/identity/keys, /identity/apps) with a key that has ADMIN, or stop it.\n",
    );
    return 1;
  }
  throw error;
}

/** Opens what the commands need of the store, and nothing of the runs in it. */
async function withStores(
  settings: Settings,
  io: Io,
  work: (stores: Stores) => Promise<void>,
): Promise<void> {
  const database = await openDatabase(await storeTarget(settings));
  const audit = createAudit(createAuditStore(database), io.now, (error) =>
    io.err(`The audit log could not be written: ${error instanceof Error ? error.message : String(error)}\n`),
  );
  try {
    await work({ keys: createKeyStore(database, io.now), apps: createAppStore(database), audit });
  } finally {
    await database.close();
  }
}
