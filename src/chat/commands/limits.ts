import type { Command } from '../command.js';

export const limitsCommands: readonly Command[] = [];
