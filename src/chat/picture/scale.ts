/** A scale from nothing to at least `most`, in steps that are easy to read: 1, 2 or 5 and noughts. */
export function scaleFor(most: number, steps = 4): number[] {
  const rough = Math.max(1, most) / steps;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((nice) => nice * power).find((nice) => nice >= rough)!);
  const marks = [0];
  while (marks.at(-1)! < Math.max(1, most)) marks.push(marks.at(-1)! + step);
  return marks;
}

/** 950, 1.2k, 35k, 1.4M: short enough for the edge of a picture. */
export function shortNumber(number: number): string {
  for (const [size, letter] of [
    [1_000_000, 'M'],
    [1_000, 'k'],
  ] as const) {
    if (number < size) continue;
    const rounded = number / size;
    return `${rounded < 10 ? Math.round(rounded * 10) / 10 : Math.round(rounded)}${letter}`;
  }
  return String(number);
}
