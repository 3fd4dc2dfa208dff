import type { Command } from '../command.js';

export const roleCommands: readonly Command[] = [];
