/**
 * Secrets that are known by their look, wherever they stand in a text: keys of well-known services, JSON web
 * tokens, PEM blocks, credentials in headers, URLs and `name=value` pairs, card numbers.
 *
 * A text of 64 KiB may have been written to make this slow. So nothing here backtracks over an open-ended
 * run: patterns begin only where a run begins, their lengths are bounded, and what pairs up (`BEGIN` with
 * `END`, a quotation mark with the next) is found by walking forward once.
 */
import { maskCardNumbers } from './cards.js';
import type { SecretNames } from './names.js';
import { isOfName, type Place, secretInProse } from './prose.js';

/** Answers what stands in the place of a secret. */
export type Mask = (secret: string) => string;

export const MASKED = '[redacted]';

/** Shorter texts cannot hold a secret that is known by its look. */
const SHORTEST = 6;

export function maskText(text: string, names: SecretNames, mask: Mask): string {
  if (text.length < SHORTEST) return text;
  let masked = text;
  if (masked.includes('-----BEGIN ')) masked = maskPem(masked, mask);
  if (masked.includes('://')) masked = maskUrls(masked, mask);
  if (masked.includes('eyJ')) masked = maskJwts(masked, mask);
  masked = masked.replace(SERVICE_KEYS, (key) => mask(key));
  if (/bearer|basic/i.test(masked)) masked = maskSchemes(masked, mask);
  if (masked.includes(':') || masked.includes('=')) masked = maskPairs(masked, names, mask);
  return maskCardNumbers(masked, mask);
}

/** From `BEGIN` to the end of the `END` line; a block that is cut off is secret to the end of the text. */
function maskPem(text: string, mask: Mask): string {
  let out = '';
  let from = 0;
  while (true) {
    const begin = text.indexOf('-----BEGIN ', from);
    if (begin < 0) return out + text.slice(from);
    const end = text.indexOf('-----END ', begin);
    const close = end < 0 ? -1 : text.indexOf('-----', end + 9);
    const to = close < 0 ? text.length : close + 5;
    out += text.slice(from, begin) + mask(text.slice(begin, to));
    from = to;
  }
}

/** Beyond this a password that contains `/` is no longer looked for. */
const LONGEST_USERINFO = 256;

/** The password of `scheme://user:password@host`. */
function maskUrls(text: string, mask: Mask): string {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', Math.max(from, at + 3))) {
    const start = at + 3;
    const password = passwordIn(
      text,
      start,
      /(?:https?|wss?|ftps?)$/i.test(text.slice(Math.max(0, at - 5), at)),
    );
    if (password === null) continue;
    out += text.slice(from, password.from) + mask(text.slice(password.from, password.to));
    from = password.to;
  }
  return out + text.slice(from);
}

function passwordIn(text: string, start: number, web: boolean): { from: number; to: number } | null {
  let colon = -1;
  let at = -1;
  let slash = -1;
  const last = Math.min(text.length, start + LONGEST_USERINFO);
  for (let i = start; i < last; i++) {
    const character = text.charCodeAt(i);
    if (endsUrl(character)) break;
    if (character === 0x3a && colon < 0) colon = i;
    else if (character === 0x40 && colon >= 0) at = i;
    else if (character === 0x2f || character === 0x3f || character === 0x23) {
      // On the web `/`, `?` and `#` end the authority. In database URLs people forget to encode them in
      // passwords; but what is empty or a port before it (`host:5432/path@more`) is no half of a password.
      if (web || at >= 0 || colon < 0) break;
      if (slash < 0 && /^[0-9]{0,5}$/.test(text.slice(colon + 1, i))) break;
      slash = i;
    }
  }
  return at <= colon + 1 ? null : { from: colon + 1, to: at };
}

/** White space, quotation marks and angle brackets. */
function endsUrl(code: number): boolean {
  return code <= 0x20 || code === 0x22 || code === 0x27 || code === 0x60 || code === 0x3c || code === 0x3e;
}

const JWT_CHARACTER = /[A-Za-z0-9_-]/;
/** So often a header is looked for within one run of characters, or a hostile run would cost its square. */
const MOST_TRIES = 8;

/** `eyJ….eyJ….signature`: two segments at least, and as many as follow (encrypted ones have five). */
function maskJwts(text: string, mask: Mask): string {
  let out = '';
  let from = 0;
  let header = 0;
  let tries = 0;
  for (let at = text.indexOf('eyJ'); at >= 0; at = text.indexOf('eyJ', Math.max(from, at + 3))) {
    tries = at < header ? tries + 1 : 0;
    header = runEnd(text, at);
    const payload = text[header] === '.' ? runEnd(text, header + 1) : header;
    if (payload - header < 3 || tries >= MOST_TRIES) {
      at = Math.max(at, header - 3);
      continue;
    }
    if (!isJwtHeader(text.slice(at, header))) continue;
    let end = payload;
    while (text[end] === '.' && end + 1 < text.length && JWT_CHARACTER.test(text[end + 1]!)) {
      end = runEnd(text, end + 1);
    }
    out += text.slice(from, at) + mask(text.slice(at, end));
    from = end;
  }
  return out + text.slice(from);
}

/** Base64 of a JSON object: `monkeyJumping.png` is none. */
function isJwtHeader(text: string): boolean {
  if (text.length < 10 || text.length > 4096) return false;
  return /^\{"[^\u0000-\u0008\u000e-\u001f\u007f\ufffd]*\}$/.test(
    Buffer.from(text, 'base64url').toString('utf8'),
  );
}

function runEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && JWT_CHARACTER.test(text[end]!)) end++;
  return end;
}

/** Not within a word; but after the `\n` of a text within a text. */
const WORD_START = '(?:(?<![A-Za-z0-9])|(?<=\\\\[nrt]))';

/** Each begins only where a word begins and takes all of its tail at once, so nothing is tried twice. */
const SERVICE_KEYS = new RegExp(
  `${WORD_START}(?:${[
    // OpenAI, Anthropic and those that follow them. Words joined by hyphens (`sk-learn-contrib`) are no key.
    'sk-(?:(?:proj|ant|svcacct|live|test)-)?[A-Za-z0-9_]{16,}[A-Za-z0-9_-]*',
    'sk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{8,}',
    '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,}',
    'whsec_[A-Za-z0-9+/=]{16,}',
    'gh[opsur]_[A-Za-z0-9]{10,}',
    'github_pat_[A-Za-z0-9_]{20,}',
    'glpat-[A-Za-z0-9_-]{16,}',
    'npm_[A-Za-z0-9]{30,}',
    'hf_[A-Za-z0-9]{30,}',
    'xox[a-z]-[A-Za-z0-9-]{10,}',
    'xapp-[A-Za-z0-9-]{10,}',
    '(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])',
    'AIza[A-Za-z0-9_-]{30,}',
    'ya29\\.[A-Za-z0-9_-]{20,}',
    'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}',
    // WhatsApp Cloud API and the rest of Meta; Telegram bots; Discord bots.
    'EAA[A-Za-z0-9]{60,}',
    '[0-9]{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])',
    '[MNO][A-Za-z0-9_-]{23,25}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,}',
    'AGE-SECRET-KEY-1[A-Z0-9]{20,}',
    'PRIVATE\\+KEY\\+[A-Za-z0-9+/=.-]{20,}',
  ].join('|')})`,
  'g',
);

const SCHEME = new RegExp(`${WORD_START}(bearer|basic)([ \\t]{1,4})([A-Za-z0-9._~+/=-]{4,})`, 'gi');
/** What follows the word "Bearer" in prose, and the parameters of a challenge (`Bearer realm="…"`). */
const BEARER_PROSE =
  /^(?:(?:tokens?|auth|authentication|authorization|scheme|headers?|format|credentials?|certificates?|shares?|bonds?)(?:-[a-z]+)*|[a-z_]+=)$/i;

/** `Bearer …` and `Basic …`, told from prose by what follows. */
function maskSchemes(text: string, mask: Mask): string {
  return text.replace(SCHEME, (whole: string, scheme: string, space: string, rest: string) => {
    const credential = rest.replace(/[.-]+$/, '');
    const secret = scheme.toLowerCase() === 'basic' ? isBasic(credential) : isBearer(scheme, credential);
    if (!secret) return whole;
    return `${scheme}${space}${mask(credential)}${rest.slice(credential.length)}`;
  });
}

/** Base64 of `user:password`. */
function isBasic(text: string): boolean {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return false;
  const decoded = Buffer.from(text.slice(0, 1024), 'base64').toString('utf8');
  return decoded.includes(':') && !/[\u0000-\u001f\u007f\ufffd]/.test(decoded);
}

function isBearer(scheme: string, text: string): boolean {
  if (text.length < 6 || BEARER_PROSE.test(text)) return false;
  if (text.length >= 20 || /[0-9._~+/=-]/.test(text) || /^.+[A-Z]/.test(text)) return true;
  // A plain word: a credential after the scheme as it is written in headers, prose otherwise.
  return scheme === 'Bearer';
}

const LONGEST_NAME = 64;
/** Values that say that there is nothing, or nothing more, to hide. */
const NOTHING = /^(?:true|false|null|undefined|none|\*+|\[redacted.*)$/i;

/**
 * `password=…`, `"password": "…"` and header lines (`Cookie: …`), with the names that hide their values; and prose,
 * which `prose.ts` tells from explanations such as "password: at least 12 characters".
 */
function maskPairs(text: string, names: SecretNames, mask: Mask): string {
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const sign = text.charCodeAt(i);
    if (sign !== 0x3d && sign !== 0x3a) continue;
    const value =
      sign === 0x3d ? valueOfAssignment(text, i, from, names) : valueOfMember(text, i, from, names);
    if (value === null || value.to <= value.from) continue;
    i = value.to - 1;
    if (NOTHING.test(text.slice(value.from, Math.min(value.to, value.from + LONGEST_NAME)))) continue;
    out += text.slice(from, value.from) + mask(text.slice(value.from, value.to));
    from = value.to;
  }
  return out + text.slice(from);
}

/** The value after `=` at a place, if the name before it hides values. */
function valueOfAssignment(text: string, sign: number, floor: number, names: SecretNames): Place | null {
  // Comparisons and arrows assign nothing.
  if (/[=>~]/.test(text[sign + 1] ?? '') || /[=!<>~]/.test(text[sign - 1] ?? '')) return null;
  let end = sign;
  if (text[end - 1] === ' ') end--;
  const name = nameBefore(text, end, floor);
  // `pin=` and `pass=` mean too much else to go by them in a text.
  if (name === '' || /^(?:pin|pass)$/i.test(name) || names.kindOf(name) === 'open') return null;
  let start = sign + 1;
  if (text[start] === ' ') start++;
  const quote = quoteAt(text, start);
  if (quote !== '') return { from: start + quote.length, to: quoteEnd(text, start + quote.length, quote) };
  let to = start;
  while (to < text.length && !/[\s&;,"'<>)\]}]/.test(text[to]!)) to++;
  return { from: start, to: text.startsWith(MASKED.slice(0, -1), start) ? start : to };
}

/** The value after `:` at a place, if a quoted name before it hides values, or if it is a header line. */
function valueOfMember(text: string, sign: number, floor: number, names: SecretNames): Place | null {
  let end = sign;
  if (text[end - 1] === ' ') end--;
  const closing = text[end - 1];
  if (closing !== '"' && closing !== "'") {
    return valueOfHeader(text, sign, floor) ?? secretInProse(text, sign, floor, names);
  }
  end -= text[end - 2] === '\\' ? 2 : 1;
  const name = nameBefore(text, end, floor);
  if (name === '' || names.kindOf(name) === 'open') return null;
  let start = sign + 1;
  while (start < sign + 4 && /\s/.test(text[start] ?? '')) start++;
  const quote = quoteAt(text, start);
  if (quote !== '') return { from: start + quote.length, to: quoteEnd(text, start + quote.length, quote) };
  let to = start;
  while (to < text.length && /[0-9]/.test(text[to]!)) to++;
  return names.kindOf(name) === 'secret' ? { from: start, to } : null;
}

const HEADERS = new Set([
  'cookie',
  'set-cookie',
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
]);

/** `Cookie: a=b`, `Authorization: Scheme credential`, `X-Api-Key: …` up to the end of the line. */
function valueOfHeader(text: string, sign: number, floor: number): Place | null {
  const name = nameBefore(text, sign, floor).toLowerCase();
  if (!HEADERS.has(name)) return null;
  const start = text[sign + 1] === ' ' ? sign + 2 : sign + 1;
  const skipped = headerValueAt(name, text.slice(start, start + 300));
  if (skipped === null) return null;
  const from = start + skipped;
  let to = from;
  while (to < text.length && !/[\r\n"']/.test(text[to]!)) to++;
  return { from, to };
}

/** How far into a header's value the secret begins; null for prose that looks like a header. */
function headerValueAt(name: string, value: string): number | null {
  if (name.includes('cookie')) return /^[^\s=;]{1,256}=/.test(value) ? 0 : null;
  if (name.includes('authorization')) {
    return /^[A-Za-z0-9-]{3,20} +(?=\S{0,200}[0-9A-Z=/+_-])/.exec(value)?.[0].length ?? null;
  }
  return /^(?=\S{0,80}[0-9])\S{8,}/.test(value) ? 0 : null;
}

/** The name that ends before a place, if it fits; a name never reaches back over what is already masked. */
function nameBefore(text: string, end: number, floor: number): string {
  const least = Math.max(floor, end - LONGEST_NAME - 1);
  let start = end;
  while (start > least && (isOfName(text, start - 1) || text[start - 1] === '.')) start--;
  return end - start > LONGEST_NAME ? '' : text.slice(start, end);
}

/** The quotation mark at a place, escaped ones (JSON within JSON) included. */
function quoteAt(text: string, at: number): string {
  const first = text[at];
  if (first === '"' || first === "'") return first;
  return first === '\\' && (text[at + 1] === '"' || text[at + 1] === "'") ? `\\${text[at + 1]}` : '';
}

/** Where a quoted value ends; the end of the text if it was cut off. */
function quoteEnd(text: string, from: number, quote: string): number {
  if (quote.length === 2) {
    const end = text.indexOf(quote, from);
    return end < 0 ? text.length : end;
  }
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) return i;
  }
  return text.length;
}
