import type { Command } from '../command.js';
import { auditCommands } from './audit/index.js';
import { breakerCommands } from './breaker.js';
import { configCommands } from './config.js';
import { confirm } from './confirm.js';
import { forget } from './forget.js';
import { help } from './help.js';
import { holdCommands } from './hold.js';
import { limitsCommands } from './limits.js';
import { mydata } from './mydata.js';
import { roleCommands } from './role.js';
import { status } from './status.js';
import { undo } from './undo.js';
import { reset, usage } from './usage.js';
import { userCommands } from './user.js';
import { whitelistCommands } from './whitelist.js';

/** Every command of Reeve's own, in the order in which help shows them within their groups. */
export const builtInCommands: readonly Command[] = [
  ...auditCommands,
  ...holdCommands,
  ...roleCommands,
  ...userCommands,
  forget,
  ...whitelistCommands,
  ...configCommands,
  ...limitsCommands,
  ...breakerCommands,
  undo,
  help,
  status,
  confirm,
  mydata,
  usage,
  reset,
];
