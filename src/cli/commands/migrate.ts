import { existsSync } from 'node:fs';
import type { Config } from '../../config/config.js';
import { type CliCommand, FINDING, OK } from '../command.js';
import { writeTo } from '../terminal.js';

export const migrate: CliCommand = {
  name: 'migrate',
  summary: "Bring the database to this version's data model",
  words: '',
  wordCount: [0, 0],
  options: [{ name: 'check', help: 'change nothing; exit status 1 when there is something to migrate' }],
  details: 'Every start does this by itself. Use it to migrate before starting several processes at once.',
  examples: ['reeve migrate', 'reeve migrate --check'],
  async run({ args, config, terminal, json }) {
    const settings = config();
    await demandOwnDatabase(settings);
    const names = args.has('check') ? await pending(settings) : await applied(settings);
    const words = args.has('check') ? 'to be applied' : 'applied';
    const text = names.length === 0 ? 'nothing to migrate' : `${words}: ${names.join(', ')}`;
    await writeTo(
      terminal.stdout,
      json ? `${JSON.stringify({ migrations: names })}\n` : `${settings.databaseLabel}: ${text}\n`,
    );
    return args.has('check') && names.length > 0 ? FINDING : OK;
  },
};

/** Another ledger's database is not to be migrated by mistake. */
async function demandOwnDatabase({ database, dataDir, instance }: Config): Promise<void> {
  const { Store } = await import('../../store/store.js');
  const { demandBelonging, demandDatabaseFile, readInstallation } = await import(
    '../../audit/dataDirectory.js'
  );
  demandDatabaseFile(dataDir, database);
  if (database.kind === 'sqlite' && !existsSync(database.path)) return;
  const reads = Store.openReadOnly(database);
  try {
    demandBelonging(dataDir, await readInstallation(reads), database, instance);
  } finally {
    await reads.close();
  }
}

async function pending({ database }: Config): Promise<string[]> {
  const { pendingMigrations } = await import('../../store/migrate.js');
  return pendingMigrations(database);
}

async function applied({ database }: Config): Promise<string[]> {
  const { Store } = await import('../../store/store.js');
  const { store, migrated } = await Store.open(database);
  await store.close();
  return migrated;
}
