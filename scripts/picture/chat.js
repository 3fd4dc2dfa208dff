import { createTestBot } from '../../dist/testing/index.js';

const NOON = Date.parse('2026-11-21T12:02:00Z');

/** Plays a chat with the whole bot and returns its lines: `{ kind, prompt, text }`. */
export async function runChat() {
  const bot = await createTestBot({ now: NOON });
  const ana = bot.user('+12025550100', { role: 'ADMIN', name: 'Ana' });
  const bo = bot.user('+12025550101', { name: 'Bo' });
  const cy = bot.user('+12025550102', { name: 'Cy' });
  const lines = [];
  const say = async (who, text, options) => {
    lines.push({ kind: 'chat', prompt: `${who.name} › `, text });
    const { texts } = await who.says(text, options);
    for (const line of texts.join('\n').split('\n')) lines.push({ kind: 'output', text: bare(line) });
  };
  try {
    await say(ana, '!role promote @Bo reason:"on call this week"', { mentions: [bo] });
    await bot.advance(60_000);
    await say(bo, '!role promote @Cy admin', { mentions: [cy] });
    await say(ana, '!audit list');
    await say(ana, '!audit why 3');
    await say(ana, '!undo 2');
    await bot.verify();
    await say(ana, '!audit verify');
    return lines;
  } finally {
    await bot.close();
  }
}

/** Without the marks that a chat formats with. */
const bare = (line) => line.replace(/[*`]/g, '');
