import { openLedgerReader } from './cli/ledgerReader.js';
import { readStatus, statusText } from './cli/status.js';
import { type Terminal, writeTo } from './cli/terminal.js';
import { openReeve } from './compose.js';
import type { Config } from './config/config.js';

/** The bot as a process: configuration, open, say what there is, run until a signal, drain. */
export async function main(config: Config, terminal: Terminal): Promise<void> {
  const stopped = new Promise<string>((resolve) => {
    terminal.onSignal(resolve);
  });
  const reeve = await openReeve({ config });
  // The promise of a signal keeps no process alive; this does.
  const alive = setInterval(() => {}, 3_600_000);
  try {
    for (const name of reeve.record.migrated) await writeTo(terminal.stdout, `Migrated: ${name}\n`);
    const reader = await openLedgerReader(config);
    try {
      const now = terminal.now();
      await writeTo(terminal.stdout, statusText(await readStatus(config, reader, now), now));
    } finally {
      await reader.close();
    }
    const { retention } = config;
    if (retention.keepForever)
      reeve.log.warn('AUDIT_LOG_RETENTION_KEEP_FOREVER is set: nothing is ever deleted');
    await writeTo(terminal.stdout, 'Ready. The record is open; stop with Ctrl-C.\n');
    const signal = await stopped;
    await writeTo(terminal.stdout, `${signal}: writing what is pending…\n`);
  } finally {
    clearInterval(alive);
    await reeve.close();
  }
  await writeTo(terminal.stdout, 'Closed.\n');
}
