/** What somebody may do, from least to most. Each role may do all that those before it may. */
export const ROLES = ['USER', 'OPERATOR', 'ADMIN', 'OWNER'] as const;

export type Role = (typeof ROLES)[number];

/** @example isAtLeast('ADMIN', 'OPERATOR') // true */
export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** One step up; null above OWNER. */
export function above(role: Role): Role | null {
  return ROLES[ROLES.indexOf(role) + 1] ?? null;
}

/** One step down; null below USER. */
export function below(role: Role): Role | null {
  return ROLES[ROLES.indexOf(role) - 1] ?? null;
}

/** A role by its name in any case; null where it is none. */
export function roleNamed(text: string): Role | null {
  return ROLES.find((role) => role === text.toUpperCase()) ?? null;
}
