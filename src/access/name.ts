/** Longer names are cut: gateways let people call themselves what they like. */
const LONGEST_NAME = 100;

/** A name as it is kept and recorded: one line, not long, and without what is not seen. */
export function tidyName(name: string): string {
  return name
    .slice(0, LONGEST_NAME * 10)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
    .replace(/[\ud800-\udbff]$/, '');
}
