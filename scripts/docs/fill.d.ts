/** Puts into every marked place of a text what `render` gives for its name, and says which places changed by that. */
export function fill(
  text: string,
  render: (name: string) => string | undefined,
): { filled: string; changed: string[] };
