/**
 * Card numbers in a text: 13 to 19 digits, plain or in groups, that begin as cards begin, are as long as such
 * cards are, and pass the Luhn check. The check alone lets every tenth number through, and an audit log is
 * full of long numbers: phone numbers, chat ids, timestamps. Those must stay readable.
 */

/** Digits with single separators between them, and a plus in front, as one run. */
const DIGIT_RUN = /\+?[0-9](?:[ \u00a0\u2011\u2013-]?[0-9]){12,}/g;
/** With dots only in the groups that are printed on cards: dotted digits are addresses, versions, sums and fractions. */
const DOTTED =
  /(?<![0-9.+])(?:[0-9]{4}(?:\.[0-9]{4}){3}(?:\.[0-9]{1,3})?|[0-9]{4}\.[0-9]{6}\.[0-9]{4,5})(?![0-9])/g;
const MOST_DIGITS_OF_PHONE = 15;

export function maskCardNumbers(text: string, mask: (secret: string) => string): string {
  // Most texts have no twelve digits in them at all.
  if (!/[0-9](?:[ .\u00a0\u2011\u2013-]?[0-9]){12}/.test(text)) return text;
  const undotted = text.replace(DOTTED, (run: string, offset: number) => {
    const isWhole = !isPartOfWord(text, offset, run.length);
    return isWhole && isCard(run.replaceAll('.', '')) ? mask(run) : run;
  });
  return maskRuns(undotted, mask);
}

function maskRuns(text: string, mask: (secret: string) => string): string {
  return text.replace(DIGIT_RUN, (run: string, offset: number) => {
    if (isPartOfWord(text, offset, run.length)) return run;
    if (run.startsWith('+') && run.replace(/[^0-9]/g, '').length <= MOST_DIGITS_OF_PHONE) return run;
    return maskRun(run, mask);
  });
}

/** Whether the digits belong to an id: a word, a decimal fraction, a chat address, a `lid:`, a case number. */
function isPartOfWord(text: string, offset: number, length: number): boolean {
  const before = text.slice(Math.max(0, offset - 6), offset);
  const after = text.slice(offset + length, offset + length + 2);
  if (/^(?:[\p{L}_@]|\.[0-9])/u.test(after)) return true;
  // The `\n` of a text within a text is no letter.
  if (/\\[nrt]$/.test(before)) return false;
  return /[\p{L}_#]$/u.test(before) || /[0-9]\.$/.test(before) || /(?:lid:|wa\.me\/)$/i.test(before);
}

interface Group {
  digits: string;
  from: number;
  to: number;
}

/** Masks the stretches of neighbouring groups that are cards; a date or a code beside one is left. */
function maskRun(run: string, mask: (secret: string) => string): string {
  const groups: Group[] = [];
  for (const match of run.matchAll(/[0-9]+/g)) {
    groups.push({ digits: match[0], from: match.index, to: match.index + match[0].length });
  }
  let out = '';
  let from = 0;
  for (let first = 0; first < groups.length; ) {
    const last = lastOfCard(groups, first);
    if (last < 0) {
      first++;
      continue;
    }
    out += run.slice(from, groups[first]!.from) + mask(run.slice(groups[first]!.from, groups[last]!.to));
    from = groups[last]!.to;
    first = last + 1;
  }
  return out + run.slice(from);
}

/** The last group of the card that begins with a group, or -1. Cards are printed in groups of 3 to 6. */
function lastOfCard(groups: readonly Group[], first: number): number {
  let digits = '';
  for (let last = first; last < groups.length && last < first + 6; last++) {
    const group = groups[last]!.digits;
    const closing = last > first && digits.length >= 12;
    if (group.length < (closing ? 1 : 3)) return -1;
    digits += group;
    if (digits.length > 19) return -1;
    if (digits.length >= 13 && isCard(digits)) return last;
  }
  return -1;
}

function isCard(digits: string): boolean {
  return beginsAsCard(digits) && passesLuhn(digits);
}

/** The beginnings that networks use, each with its lengths. */
function beginsAsCard(digits: string): boolean {
  const length = digits.length;
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  // German and Austrian mobile numbers without their plus have 13 digits too, and old cards are rarer.
  if (length === 13) return two >= 40 && two <= 49 && !/^49(?:15|16|17)|^436/.test(digits);
  if (two >= 40 && two <= 49) return length === 16 || length === 19;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (two === 34 || two === 37) return length === 15;
  if (two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059)) return length === 14;
  if (four >= 3528 && four <= 3589) return length >= 16;
  if (four >= 2200 && four <= 2204) return length >= 16;
  return (two === 50 || (two >= 56 && two <= 69)) && length >= 16;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30;
    const weighed = i % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
