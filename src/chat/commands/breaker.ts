import type { Command } from '../command.js';

export const breakerCommands: readonly Command[] = [];
