/** What a change changed, in words: `role: USER → OPERATOR`. Pure. */

/** One thing that is another one afterwards. Null: it was not there, or is not any more. */
export interface Difference {
  /** `limits.user`, or empty where the whole state is one value. */
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The redactor's word for a secret that is another one than before. */
const CHANGED_SECRET = '[redacted: changed]';
const DEEPEST = 8;

/** The differences of two states, as the record keeps them: JSON texts, or null. In the order of the states. */
export function differences(before: string | null, after: string | null): Difference[] {
  const earlier = leavesOf(before);
  const later = leavesOf(after);
  const names = new Set([...earlier.keys(), ...later.keys()]);
  const found: Difference[] = [];
  for (const name of names) {
    const [old, now] = [earlier.get(name) ?? null, later.get(name) ?? null];
    if (old !== now) found.push({ name, before: old, after: now });
  }
  return found;
}

/** One difference as a line. Where there is only a state and no change, it is just said. */
export function differenceWords({ name, before, after }: Difference): string {
  const label = name === '' ? '' : `${name}: `;
  if (after === CHANGED_SECRET) return `${label}changed (secret)`;
  if (before === null) return `${label}${after}`;
  return `${label}${before} → ${after ?? 'nothing'}`;
}

/** A JSON text's values by their path, in words. */
export function leavesOf(json: string | null): Map<string, string> {
  const leaves = new Map<string, string>();
  if (json === null) return leaves;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = json;
  }
  collect(value, '', leaves, 0);
  return leaves;
}

function collect(value: unknown, name: string, leaves: Map<string, string>, depth: number): void {
  const isNested =
    typeof value === 'object' && value !== null && Object.keys(value).length > 0 && depth < DEEPEST;
  const isList = Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null);
  if (!isNested || isList) {
    leaves.set(name, inWords(value));
    return;
  }
  for (const [key, member] of Object.entries(value))
    collect(member, name === '' ? key : `${name}.${key}`, leaves, depth + 1);
}

function inWords(value: unknown): string {
  if (value === null) return 'none';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (value === '') return '(empty)';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(inWords).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
