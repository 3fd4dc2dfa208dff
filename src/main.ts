import { openLedgerReader } from './cli/ledgerReader.js';
import { type LedgerStatus, readStatus, statusText } from './cli/status.js';
import { type Terminal, writeTo } from './cli/terminal.js';
import { openReeve } from './compose.js';
import type { Config } from './config/config.js';

/** The bot as a process: configuration, open, say what there is, run until a signal, drain. */
export async function main(config: Config, terminal: Terminal, json = false): Promise<void> {
  const stopped = new Promise<string>((resolve) => {
    terminal.onSignal(resolve);
  });
  /** The same for a person and for a program. */
  const say = (text: string, event: object): Promise<void> =>
    writeTo(terminal.stdout, json ? `${JSON.stringify(event)}\n` : text);
  const reeve = await openReeve({ config });
  // The promise of a signal keeps no process alive; this does.
  const alive = setInterval(() => {}, 3_600_000);
  try {
    const { migrated } = reeve.record;
    const now = terminal.now();
    const status = await statusNow(config, now);
    const migrations = migrated.map((name) => `Migrated: ${name}\n`).join('');
    const ready = 'Ready. The record is open; stop with Ctrl-C.\n';
    await say(`${migrations}${statusText(status, now)}${ready}`, { event: 'ready', migrated, ...status });
    if (config.retention.keepForever)
      reeve.log.warn('AUDIT_LOG_RETENTION_KEEP_FOREVER is set: nothing is ever deleted');
    const signal = await stopped;
    await say(`${signal}: writing what is pending…\n`, { event: 'stopping', signal });
  } finally {
    clearInterval(alive);
    await reeve.close();
  }
  await say('Closed.\n', { event: 'closed' });
}

async function statusNow(config: Config, now: number): Promise<LedgerStatus> {
  const reader = await openLedgerReader(config);
  try {
    return await readStatus(config, reader, now);
  } finally {
    await reader.close();
  }
}
