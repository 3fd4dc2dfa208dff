import type { Command } from '../../command.js';
import { exportCommand } from './export.js';
import { action, category, list, next, search, user } from './list.js';
import { proof } from './proof.js';
import { retention } from './retention.js';
import { drop, run, save, saved } from './saved.js';
import { show } from './show.js';
import { stats } from './stats.js';
import { verify } from './verify.js';
import { unwatch, watch } from './watch.js';
import { why } from './why.js';
import { witness } from './witness.js';

/** Reading the record in a chat, in the order in which help shows it. */
export const auditCommands: readonly Command[] = [
  list,
  next,
  user,
  category,
  action,
  search,
  show,
  why,
  stats,
  exportCommand,
  verify,
  proof,
  witness,
  watch,
  unwatch,
  save,
  saved,
  run,
  drop,
  retention,
];
