import fc from 'fast-check';

const SIZE = 64 * 1024;
const fill = (piece: string): string => piece.repeat(Math.ceil(SIZE / piece.length)).slice(0, SIZE);

/** 64 KiB of what has broken parsers: a name for each. */
export const HOSTILE: readonly [name: string, text: string][] = [
  ['bidirectional controls', fill('\u202e\u2066\u200f')],
  ['zero-width characters', fill('\u200b\u200d\ufeff')],
  ['NUL', fill('\0')],
  ['quotation marks', fill('"')],
  ['words that begin with unclosed quotation marks', fill('„a «b ”c ')],
  ['opened and escaped quotation marks', fill('"\\')],
  ['names without values', fill('a: ')],
  ['names that go on', fill('a:')],
  ['spaces', fill(' ')],
  ['one word', fill('a')],
  ['a-a-a', fill('a-')],
  ['digits', fill('1')],
  ['numbers', fill('+12025550100 ')],
  ['groups of digits', `+49 ${fill('1 ')}`],
  ['mentions', fill('@1 ')],
  ['brackets and pluses', fill('((((+1)+)+)+$ ')],
  ['words', fill('audit list ')],
  ['line ends', fill('\r\n')],
  ['halves of characters', fill('\ud800 \udc00')],
  ['emojis with joiners', fill('👩‍👩‍👧‍👦')],
];

/** Texts made of what means something somewhere. */
export const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', '“', '„', '«', '\\', ':', ' ', '\n', '\0', '\u202e', '\u200b', '*', '_', '`', '~'),
      fc.constantFrom('reason:', 'lid:', '@', '+', 'me', 'role promote', '+12025550101', '#'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));
