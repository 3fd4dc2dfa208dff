import type { Command } from '../command.js';

export const configCommands: readonly Command[] = [];
