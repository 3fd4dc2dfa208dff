import { VARIABLE_NAMES, variableNamed } from './variables.js';

const HEAD = `# Every variable there is, with its meaning and default. None has to be set.
# Copy this file to .env and take the "#" away before what you want to change; the environment wins over .env.
# An empty value is the same as none. Unknown REEVE_* names are refused, so a slip of the finger is noticed.
`;

/** The text of `.env-example`, made from the table of variables. */
export function renderEnvExample(): string {
  let text = HEAD;
  let group = '';
  for (const name of VARIABLE_NAMES) {
    const variable = variableNamed(name);
    if (variable.group !== group) {
      group = variable.group;
      text += `\n# ── ${group} ──\n`;
    }
    const lines = [...variable.meaning.split('\n'), `Allowed: ${variable.kind.rule}`];
    if (variable.default === undefined) lines.push(`Default: ${variable.defaultInWords}`);
    else lines.push(`Default: ${variable.default}`, `Example: ${variable.example}`);
    text += `\n${lines.map((line) => `# ${line}\n`).join('')}#${name}=${variable.default ?? variable.example}\n`;
  }
  return text;
}

/** Where a `.env-example` differs from the table, in words, or null. */
export function envExampleDrift(text: string): string | null {
  const wanted = renderEnvExample().split('\n');
  const found = text.split('\n');
  const length = Math.max(wanted.length, found.length);
  for (let index = 0; index < length; index++) {
    if (wanted[index] === found[index]) continue;
    return `line ${index + 1} is ${show(found[index])} and should be ${show(wanted[index])}`;
  }
  return null;
}

function show(line: string | undefined): string {
  return line === undefined ? 'absent' : JSON.stringify(line);
}
