import type { CliCommand } from '../command.js';
import { archive } from './archive.js';
import { certificate } from './certificate.js';
import { checkpoint } from './checkpoint.js';
import { copy } from './copy.js';
import { erase } from './erase.js';
import { exportCommand } from './export.js';
import { hold } from './hold.js';
import { key } from './key.js';
import { migrate } from './migrate.js';
import { mirror } from './mirror.js';
import { prove } from './prove.js';
import { query } from './query.js';
import { record } from './record.js';
import { recover } from './recover.js';
import { retention } from './retention.js';
import { start } from './start.js';
import { stats } from './stats.js';
import { status } from './status.js';
import { verify } from './verify.js';

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly CliCommand[] = [
  start,
  status,
  record,
  query,
  stats,
  exportCommand,
  verify,
  prove,
  checkpoint,
  retention,
  archive,
  hold,
  erase,
  certificate,
  mirror,
  migrate,
  key,
  recover,
  copy,
];
