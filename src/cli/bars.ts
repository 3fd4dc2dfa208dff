import { count } from './progress.js';

export interface Bar {
  name: string;
  value: number;
}

/** Figures as bars: something to look at, with the numbers beside it. */
export function bars(title: string, rows: readonly Bar[], width = 30): string {
  if (rows.length === 0) return '';
  const names = Math.max(...rows.map((row) => row.name.length));
  const numbers = Math.max(...rows.map((row) => count(row.value).length));
  const most = Math.max(1, ...rows.map((row) => row.value));
  const lines = rows.map(({ name, value }) => {
    const length = value === 0 ? 0 : Math.max(1, Math.round((value / most) * width));
    return `  ${name.padEnd(names)}  ${count(value).padStart(numbers)}  ${'█'.repeat(length)}\n`;
  });
  return `${title}\n${lines.join('')}\n`;
}
