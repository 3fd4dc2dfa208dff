import type { Command } from '../command.js';

export const whitelistCommands: readonly Command[] = [];
