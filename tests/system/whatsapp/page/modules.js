/**
 * The site's modules by name. The library asks for them through `window.require`; one that is not there throws by
 * its name, and is remembered, since the library swallows some of these errors.
 */
const MODULES = new Map();

/** What was asked for in vain. */
export const MISSING = new Set();

export function define(name, contents) {
  if (MODULES.has(name)) throw new Error(`${name} is defined twice`);
  MODULES.set(name, contents);
}

export function requireModule(name) {
  if (MODULES.has(name)) return MODULES.get(name);
  MISSING.add(name);
  throw new Error(`The hand-written page has no module ${name}`);
}
