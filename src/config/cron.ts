/**
 * Whether a five-field cron expression is one that will ever fire. A schedule that silently never runs is worse
 * than an error at start, so `0 0 31 2 *` is refused as well as `61 * * * *`.
 */
interface Field {
  name: string;
  from: number;
  to: number;
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  { name: 'day of the week', from: 0, to: 7, names: DAYS },
];

/** What is wrong with the expression, in words, or null. */
export function cronProblem(text: string): string | null {
  const parts = text.trim().split(/\s+/);
  if (text.startsWith('@')) return 'names such as @daily are not known here';
  if (parts.length === 6) return 'it has 6 fields; there is none for seconds';
  if (parts.length !== FIELDS.length)
    return `it has ${parts.length} ${parts.length === 1 ? 'field' : 'fields'}`;
  const chosen: number[][] = [];
  for (const [index, field] of FIELDS.entries()) {
    const values = valuesOf(parts[index]!, field);
    if (values === null)
      return `its ${field.name} ${JSON.stringify(parts[index]!.slice(0, 40))} is not understood`;
    if (values.some((value) => value < field.from || value > field.to)) {
      return `its ${field.name} is outside ${field.from} to ${field.to}`;
    }
    chosen.push(values);
  }
  // A day of the week, where there is one, fires by itself; only a lone day of the month can miss every month.
  if (parts[4] !== '*') return null;
  const [, , days, months] = chosen;
  const everFires = months!.some((month) => days!.some((day) => day <= DAYS_IN_MONTH[month - 1]!));
  return everFires ? null : 'it names a day that none of its months has';
}

/** Every value a field stands for, or null where its form is wrong. */
function valuesOf(text: string, field: Field): number[] | null {
  const values: number[] = [];
  for (const item of text.split(',')) {
    const match = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d{1,3}))?$/.exec(item);
    if (match === null) return null;
    const [, star, low, high, stepText] = match;
    const from = star ? field.from : numberOf(low!, field);
    const to = star ? field.to : high === undefined ? from : numberOf(high, field);
    const step = stepText === undefined ? 1 : Number(stepText);
    // `5/10` means different things to different programs, so a step wants a range.
    if (from === null || to === null || from > to || step === 0) return null;
    if (stepText !== undefined && !star && high === undefined) return null;
    for (let value = from; value <= to && values.length < 1000; value += step) values.push(value);
  }
  return values;
}

function numberOf(text: string, field: Field): number | null {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const index = field.names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? null : index + field.from;
}
