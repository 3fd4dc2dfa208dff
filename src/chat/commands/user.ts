import type { Command } from '../command.js';

export const userCommands: readonly Command[] = [];
