/**
 * Secrets that somebody has put into a sentence: `password: hunter2`, `neues Passwort: geheim`, `OTP: 482913`. Without
 * quotation marks or an equals sign a colon may as well begin an explanation ("password: at least 12 characters",
 * "unexpected token: identifier"), so what follows must look like a secret or be all that follows.
 */
import type { SecretNames } from './names.js';

export interface Place {
  from: number;
  to: number;
}

/** Names in prose have spaces in them: `api key`, `one time code`. */
const MOST_WORDS = 3;
const LONGEST_NAME = 48;

/** Whether a character can stand in a name: letters, digits, `_`, `-`, and what does not show. */
export function isOfName(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code > 0x7f) return /[\p{L}\p{N}\p{Cf}]/u.test(text[at]!);
  const letter = code | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d
  );
}

/** Words that end a name of which the words before them are a secret's name by themselves. */
const ENDS_OF_NAMES = /^(?:key|code|id|phrase|number|string)$/i;

/** They are read as headers, or not at all: in prose they mean much else. */
const NOT_IN_PROSE = /^(?:authorization|cookies?|bearer|pass)$/i;

/** What people choose themselves, and therefore may be any word. */
const CHOSEN =
  /(?:pass(?:word|wort|wd|phrase|code)|pwd|kennwort|senha|wachtwoord|contrase[nñ]a|passe|пароль)s?$/iu;

/** Answers to "what about the password?" rather than the password. */
const STATE = new RegExp(
  `^(?:${[
    '\\p{L}+(?:ed|ing|able)|(?:in)?valid|(?:in)?correct|(?:in)?secure|(?:un)?set|(?:un)?known|wrong|reset|empty|absent|present|weak|strong|ok|okay',
    'yes|no|none|not|never|null|new|old|same|different|again|bad|good|must|should|what|why|forgotten|given|hidden|unhidden|optional|mandatory|here|there|below|above',
    'unexpected|secret|text|string|hash|private|confidential|found|lost|sent|kept|short|long|login|admin|user|n/?a|todo|error|failure|success',
    'fehlt|falsch|richtig|ungültig|gültig|erforderlich|leer|neu|alt|gleich|keines?|ja|nein|nicht|schwach|stark|vergessen|unbekannt|bekannt',
    '(?:un|zurück|ab|ein|aus|an)?ge\\p{L}+(?:t|en)|abgelaufen|verändert|unverändert|verschlüsselt|siehe|optional|manquant|requis|oublié|falta',
  ].join('|')})$`,
  'iu',
);

const VALUE_END = /[\s,;"'<>)\]}]/;

/** The secret after a colon at a place in prose, or null. `floor` is where what is masked already ends. */
export function secretInProse(text: string, colon: number, floor: number, names: SecretNames): Place | null {
  // That of a URL or of a drive.
  if (text[colon + 1] === '/' || text[colon + 1] === '\\') return null;
  const name = nameInProse(wordsBefore(text, colon, floor), names);
  if (name === null) return null;
  let from = colon + 1;
  while (from < colon + 4 && (text[from] === ' ' || text[from] === '\t')) from++;
  let to = from;
  while (to < text.length && !VALUE_END.test(text[to]!)) to++;
  // What ends a sentence is no part of it.
  while (to > from && /[.!?:]/.test(text[to - 1]!)) to--;
  if (to === from) return null;
  const value = text.slice(from, Math.min(to, from + 64));
  const isSecret = CHOSEN.test(name)
    ? looksChosen(value) || (isWord(value) && isAllThereIs(text, to))
    : looksMade(value, /^pin$/i.test(name));
  return isSecret ? { from, to } : null;
}

/** The words before a place, with single spaces between them; as many as a name may have. */
function wordsBefore(text: string, colon: number, floor: number): string[] {
  const least = Math.max(floor, colon - LONGEST_NAME);
  const words: string[] = [];
  let end = text[colon - 1] === ' ' ? colon - 1 : colon;
  while (words.length < MOST_WORDS) {
    let start = end;
    while (start > least && isOfName(text, start - 1)) start--;
    if (start === end) break;
    words.unshift(text.slice(start, end));
    if (text[start - 1] !== ' ') break;
    end = start - 1;
  }
  return words;
}

/** The name that these words end with, if it is that of a secret and of nothing about one. */
function nameInProse(words: readonly string[], names: SecretNames): string | null {
  const last = words.at(-1);
  if (last === undefined) return null;
  if (NOT_IN_PROSE.test(last)) return null;
  if (names.kindOf(last) === 'secret') return last;
  // In `password for the user: ben` the secret's name does not stand at the end.
  for (let count = 2; count <= words.length; count++) {
    const run = words.slice(-count);
    if (names.kindOf(run.join(' ')) !== 'secret') continue;
    const isAtEnd = names.kindOf(run.slice(0, -1).join(' ')) === 'open' || ENDS_OF_NAMES.test(last);
    return isAtEnd ? run.join(' ') : null;
  }
  return null;
}

/** No word of any language: digits or signs among letters, capitals within, four digits and more. */
function looksChosen(value: string): boolean {
  if (value.length < 4 || !/[\p{L}\p{N}]/u.test(value)) return false;
  if (/^[0-9]+$/.test(value)) return true;
  return /[0-9!@#$%^&*+=~|?_]/.test(value) || /\p{Ll}\p{Lu}/u.test(value) || value.length >= 24;
}

/** Made by a machine: letters with digits, a code of digits, or longer than words are. */
function looksMade(value: string, isPin: boolean): boolean {
  if (/^[0-9]{4,10}$/.test(value)) return true;
  if (isPin) return false;
  return value.length >= 24 || (value.length >= 6 && /[0-9]/.test(value) && /\p{L}/u.test(value));
}

const isWord = (value: string): boolean => /^\p{L}{3,}(?:-\p{L}+)?$/u.test(value) && !STATE.test(value);

/** Whether a line, a clause or the text ends here. */
const isAllThereIs = (text: string, at: number): boolean =>
  /^(?:[.!?,;)\]}]|[ \t]*(?:$|[\r\n]))/.test(text.slice(at, at + 8));
