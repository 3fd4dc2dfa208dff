/** A place for a section: everything between its two comments, which stay. */
const PLACE = /(<!-- generated: ([a-z-]+) -->\n)([\s\S]*?)(<!-- end: \2 -->)/g;
const BEGINNING = /<!-- generated: ([a-z-]+) -->/g;

/**
 * Puts into every marked place of a text what `render` gives for its name, and says which places changed by that.
 * A place that is never closed, or that nobody has anything for, is an error.
 */
export function fill(text, render) {
  const changed = [];
  const closed = [];
  const filled = text.replace(PLACE, (_, opening, name, present, ending) => {
    const content = render(name);
    if (content === undefined) throw new Error(`there is nothing to put at "generated: ${name}"`);
    closed.push(name);
    if (present !== content) changed.push(name);
    return `${opening}${content}${ending}`;
  });
  const open = [...text.matchAll(BEGINNING)].map((match) => match[1]).find((name) => !closed.includes(name));
  if (open !== undefined) throw new Error(`"generated: ${open}" is not followed by "end: ${open}"`);
  return { filled, changed };
}
