/**
 * Reads a `.env` file. Node's own parser drops a line it does not understand without a word, and a setting that
 * was meant and is not there is the worst kind; so here every line is understood or named as an error.
 *
 * Understood are `NAME=value`, `export NAME=value`, empty lines and comments. `#` begins a comment where blank
 * space stands before it, or after it directly behind the `=`. Values in quotes may span lines; within double
 * quotes `\n`, `\r`, `\t`, `\"` and `\\` are escapes. Nothing is expanded.
 */
export interface EnvFile {
  entries: EnvEntry[];
  badLines: BadLine[];
}

export interface EnvEntry {
  name: string;
  value: string;
  line: number;
}

export interface BadLine {
  line: number;
  problem: string;
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=/;
const BLANK = /^[ \t]*(?:#.*)?$/;
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

export function parseEnvFile(text: string): EnvFile {
  const file: EnvFile = { entries: [], badLines: [] };
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    const content = lines[index]!;
    if (BLANK.test(content)) continue;
    const assignment = ASSIGNMENT.exec(content);
    if (assignment === null) {
      file.badLines.push({ line, problem: problemOf(content) });
      continue;
    }
    const name = assignment[1]!;
    const raw = content.slice(assignment[0].length);
    const rest = raw.trimStart();
    const quote = rest[0];
    if (quote !== '"' && quote !== "'" && quote !== '`') {
      file.entries.push({ name, value: withoutComment(raw), line });
      continue;
    }
    const quoted = readQuoted([rest, ...lines.slice(index + 1)].join('\n'), quote);
    if (quoted === null) {
      file.badLines.push({
        line,
        problem: `the quote ${quote} that begins the value of ${name} is never closed`,
      });
      continue;
    }
    index += quoted.linesUsed;
    if (BLANK.test(quoted.after)) file.entries.push({ name, value: quoted.value, line });
    else file.badLines.push({ line: index + 1, problem: `something follows the closing quote of ${name}` });
  }
  return file;
}

/** The line itself is not repeated: what is malformed may well be a secret. */
function problemOf(line: string): string {
  if (!line.includes('=')) return 'it has no "="';
  return 'what stands before the "=" is no name of letters, digits and "_"';
}

function withoutComment(text: string): string {
  return text.replace(/(?:^#(?=[ \t])|[ \t]#).*$/, '').trim();
}

interface Quoted {
  value: string;
  /** What stands behind the closing quote on its line. */
  after: string;
  linesUsed: number;
}

function readQuoted(text: string, quote: string): Quoted | null {
  let value = '';
  for (let at = 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === quote) {
      const after = text.slice(at + 1).split('\n', 1)[0]!;
      return { value, after, linesUsed: text.slice(0, at).split('\n').length - 1 };
    }
    const escaped = quote === '"' && character === '\\' ? ESCAPES[text[at + 1] ?? ''] : undefined;
    if (escaped !== undefined) at++;
    value += escaped ?? character;
  }
  return null;
}
