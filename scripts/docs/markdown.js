/** A table. Cells may hold markup; a bar in them would end the cell. */
export function table(heads, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(heads) + line(heads.map(() => '---')) + rows.map(line).join('');
}

/** Words that are no markup, whatever stands in them. */
export const plain = (text) => text.replace(/[\\*<]/g, '\\$&');

export const code = (text) => `\`${text}\``;

export const block = (language, text) => `\`\`\`${language}\n${text.replace(/\n*$/, '\n')}\`\`\`\n`;
