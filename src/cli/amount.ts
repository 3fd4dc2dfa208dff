import { count } from './progress.js';

/** So many of something, in words: `1 entry`, `1,234 entries`. */
export const amount = (number: number, one: string, many: string): string =>
  `${count(number)} ${number === 1 ? one : many}`;

export const entries = (number: number): string => amount(number, 'entry', 'entries');
