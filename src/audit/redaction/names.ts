/**
 * Which names announce a secret. A name is cut into words (`userPassword`, `user_password`, `USER-PASSWORD`
 * are all *user password*), and only whole words count: `secretary` and `keyboard` hide nothing. Masking too
 * much is a defect as well, so a name that only speaks *about* a secret (`passwordChangedAt`, `tokenCount`,
 * `promptTokens`) is left alone.
 */

/** What is to be done with the value of a name. */
export type NameKind =
  | 'open'
  /** All of it is secret. */
  | 'secret'
  /** Texts are secret, numbers count something (`tokens: 512`, `passwords: 3`). */
  | 'secret-texts';

/** Words, and runs of words, that announce a secret wherever they stand in a name. */
const SECRET_WORDS =
  'password|passwd|pwd|passphrase|passcode|token|secret|authorization|cookie|otp|totp|jwt|bearer|credential|' +
  'credentials|apikey|mnemonic|cvv|cvc|api key|private key|secret key|secret id|signing key|encryption key|' +
  'access key|master key|shared key|session key|auth key|hmac key|webhook key|deploy key|service key|' +
  'session id|connection string|connection url|connection uri|database url|db url|auth code|' +
  'authorization code|verification code|one time code|security code|recovery code|backup code|pairing code|' +
  'mfa code|2fa code|pin code|access code|seed phrase|recovery phrase|card number|credit card|' +
  'passwort|kennwort|zugangscode|geheimzahl|contraseña|contrasena|senha|wachtwoord|mot de passe|пароль';

/** A name that ends in one of these speaks about the secret instead of holding it. */
const ABOUT = new Set(
  (
    'count counts length size limit limits max min attempts retries tries usage used budget cost costs price rate ' +
    'ratio total type kind name names id ids at on by date time expiry expires expiration expired ttl age lifetime ' +
    'timeout days hours minutes seconds ms policy policies rule rules strength score status state enabled disabled ' +
    'required valid invalid verified present missing changed updated created rotated revoked issuer audience scope ' +
    'scopes version algorithm alg method mode format endpoint path file filename field label reset request requests ' +
    'error errors reason action event manager provider store source owner domain samesite consent banner ' +
    'preferences settings options'
  ).split(' '),
);

/** Beside `token` these make it a measure of text or a place in a list. */
const MEASURES = new Set(
  (
    'max min total prompt completion input output cached reasoning remaining per average avg estimated count counts ' +
    'limit usage used budget cost price page next continuation cursor sync url uri'
  ).split(' '),
);

// Hostile input has endless names; those of real programs are few and come again and again.
const LONGEST_NAME = 200;
const MOST_REMEMBERED = 5_000;

export interface SecretNames {
  kindOf(name: string): NameKind;
}

export interface SecretNamesOptions {
  /** More names that hide their values; matched as whole words within a name, as the built-in ones are. */
  keys?: readonly string[];
  /** Whole names whose values are never hidden because of the name. */
  allow?: readonly string[];
}

export function secretNames({ keys = [], allow = [] }: SecretNamesOptions = {}): SecretNames {
  const secrets = { ...compile(SECRET_WORDS.split('|').map((words) => words.split(' '))), telling: TELLING };
  const own = compile(keys.map(wordsOfName));
  const allowed = new Set(allow.map((name) => wordsOfName(name).join(' ')));
  const remembered = new Map<string, NameKind>();

  return {
    kindOf(name) {
      const known = remembered.get(name);
      if (known !== undefined) return known;
      const words = wordsOfName(name);
      const kind = allowed.has(words.join(' ')) ? 'open' : classify(words, secrets, own);
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      remembered.set(name, kind);
      return kind;
    },
  };
}

/** The words of a name in lower case: at changes of case, and at anything that is no letter or digit. */
export function wordsOfName(name: string): string[] {
  // A secret's name stands at one end of an overlong name if anywhere.
  const clipped =
    name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME / 2)} ${name.slice(-LONGEST_NAME / 2)}` : name;
  return (
    clipped
      // What does not show must not part a word: `pass\u200bword`. And wide letters are letters.
      .normalize('NFKC')
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
      .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .map((word) => (/^\d+$/.test(word) ? '' : word.replace(/\d+$/, '')))
      .filter((word) => word !== '')
  );
}

/** Runs of words by their first word, and the same written as one word (`apikey`, `sessionid`). */
interface Patterns {
  runs: Map<string, string[][]>;
  joined: Set<string>;
  /** Ends of single words that tell enough by themselves. */
  telling?: RegExp;
}

/** What can be told within a word that nobody has cut: `userpassword`, `accesstoken`. */
const TELLING =
  /(?:password|passwd|passwort|kennwort|apikey)$|^(?:access|refresh|auth|id|session|csrf|xsrf|bearer|bot|client|device|reset|app|user)(?:token|secret)$/;

function compile(patterns: readonly string[][]): Patterns {
  const runs = new Map<string, string[][]>();
  const joined = new Set<string>();
  for (const words of patterns) {
    const [first] = words;
    if (first === undefined) continue;
    runs.set(first, [...(runs.get(first) ?? []), words]);
    joined.add(words.join(''));
  }
  return { runs, joined };
}

function classify(words: readonly string[], secrets: Patterns, own: Patterns): NameKind {
  if (lastEnd(words, own).end > 0) return 'secret';
  const last = words.at(-1);
  if (last === undefined) return 'open';
  const { end, plural } = lastEnd(words, secrets);
  if (end > 0) {
    if (end < words.length && ABOUT.has(last)) return 'open';
    if (isMeasured(words, end)) return 'open';
    return plural ? 'secret-texts' : 'secret';
  }
  // Secret only as the last word, since they mean much else: `userPin`, `DB_PASS`.
  if (last === 'pass') return 'secret-texts';
  return last === 'pin' ? 'secret' : 'open';
}

/** Where the last secret run of words ends (0: there is none), and whether it is in the plural. */
function lastEnd(
  words: readonly string[],
  { runs, joined, telling }: Patterns,
): { end: number; plural: boolean } {
  for (let end = words.length; end > 0; end--) {
    const word = words[end - 1]!;
    for (const plural of [false, true]) {
      const single = plural && word.endsWith('s') ? word.slice(0, -1) : word;
      if (plural && single === word) continue;
      if (joined.has(single) || telling?.test(single)) return { end, plural };
      for (let start = end - 1; start >= 0 && start >= end - 3; start--) {
        const run = [...words.slice(start, end - 1), single];
        const found = runs.get(run[0]!)?.some((known) => sameWords(known, run));
        if (found) return { end, plural };
      }
    }
  }
  return { end: 0, plural: false };
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

function isMeasured(words: readonly string[], end: number): boolean {
  const word = words[end - 1]!;
  if (word !== 'token' && word !== 'tokens') return false;
  return words.some((other) => MEASURES.has(other));
}
