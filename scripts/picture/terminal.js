/** A terminal as an SVG that needs no font of its own: every line is stretched to the width it should have. */
const COLUMNS = 98;
const CELL = 8.4;
const LINE = 20;
/** Before whatever somebody types. */
const GAP = 8;
const MARGIN = 20;
const BAR = 32;

const PROMPTS = { shell: '$ ', sql: 'sql> ' };

const COLOURS = {
  background: '#0d1117',
  border: '#30363d',
  prompt: '#7d8590',
  typed: '#e6edf3',
  output: '#9da7b3',
  good: '#3fb950',
  bad: '#ff7b72',
  remark: '#d29922',
};

export function drawTerminal(lines, { title, description }) {
  const width = Math.round(MARGIN * 2 + COLUMNS * CELL);
  const texts = [];
  let y = BAR;
  for (const line of lines) {
    if (line.kind !== 'output' && texts.length > 0) y += GAP;
    for (const spans of wrapped(line)) {
      y += LINE;
      texts.push(drawRow(spans, y));
    }
  }
  const height = y + MARGIN;
  const dots = [0, 1, 2].map(
    (i) => `<circle cx="${MARGIN + 4 + i * 18}" cy="18" r="5" fill="${COLOURS.border}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${COLOURS.background}" stroke="${COLOURS.border}"/>
${dots.join('')}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace" font-size="14">
${texts.join('\n')}
</g>
</svg>
`;
}

/** A line as rows of coloured spans; a long one goes on in the next row, as in any terminal. */
function wrapped({ kind, text, prompt = PROMPTS[kind] ?? '' }) {
  const characters = [...text];
  const first = characters.splice(0, COLUMNS - prompt.length).join('');
  const colour = colourOf(kind, text);
  const rows = [prompt === '' ? [] : [{ text: prompt, colour: COLOURS.prompt }]];
  rows[0].push({ text: first, colour });
  while (characters.length > 0) rows.push([{ text: characters.splice(0, COLUMNS).join(''), colour }]);
  return rows;
}

function colourOf(kind, text) {
  if (kind === 'remark') return COLOURS.remark;
  if (kind !== 'output') return COLOURS.typed;
  if (text.startsWith('✓')) return COLOURS.good;
  return /^✗|^ {2}#\d|append-only/.test(text) ? COLOURS.bad : COLOURS.output;
}

function drawRow(spans, y) {
  let column = 0;
  const drawn = [];
  for (const { text, colour } of spans) {
    const cells = [...text].length;
    const x = (MARGIN + column * CELL).toFixed(1);
    const length = (cells * CELL).toFixed(1);
    column += cells;
    if (text.trim() === '') continue;
    drawn.push(
      `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${colour}" xml:space="preserve">${escaped(text)}</text>`,
    );
  }
  return drawn.join('');
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
