import { expect, test } from '@jest/globals';
import { pairingText } from '../../../../src/chat/gateways/whatsapp/pairingText.js';

const picture = (text: string) => text.split('\n').filter((line) => /[█▀▄]/.test(line));

test('a picture is a square of half blocks, black on white on a terminal whatever its colours', () => {
  const qr = `2@${'a1b2c3d4'.repeat(20)},x,y,z`;
  const rows = picture(pairingText({ qr }, false));
  const width = new Set(rows.map((row) => [...row].length));
  expect(width.size).toBe(1);
  // Two rows of the picture a line of text.
  expect(Math.abs(rows.length * 2 - [...width][0]!)).toBeLessThanOrEqual(1);
  expect(rows.join('')).not.toContain('\u001b');
  for (const row of picture(pairingText({ qr }, true))) expect(row).toMatch(/^\u001b\[40;97m.*\u001b\[0m$/);
});

test('a code is shown in two halves, as the phone asks for it', () => {
  expect(pairingText({ code: 'REEV2345' }, true)).toContain('REEV-2345');
});

test('nothing of a code reaches the terminal but letters and digits', () => {
  const text = pairingText({ code: 'REEV\u001b]0;x\u0007\n2345' }, true);
  expect(text).toContain('The code: REEV0x2345\n');
  expect(text).not.toMatch(/[\u001b\u0007]/);
});
