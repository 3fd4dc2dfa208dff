import { renderUnicodeCompact } from 'uqr';
import type { Pairing } from './clientEvents.js';

/** Black on white whatever the colours of the terminal are: some phones read nothing else. */
const ON_WHITE = '\u001b[40;97m';
const PLAIN = '\u001b[0m';

/** What somebody with the phone in their hand has to do, and what they scan or type. */
export function pairingText(shown: Pairing, isTerminal: boolean): string {
  if ('code' in shown) {
    // It comes from a page, and goes to a terminal.
    const code = shown.code.replace(/[^A-Za-z0-9]/g, '').replace(/^(.{4})(.{4})$/, '$1-$2');
    return `\nOn the phone: Settings, Linked devices, Link a device, Link with phone number instead.\nThe code: ${code}\n\n`;
  }
  const picture = renderUnicodeCompact(shown.qr, { border: 2 })
    .split('\n')
    .map((line) => (isTerminal ? `${ON_WHITE}${line}${PLAIN}` : line))
    .join('\n');
  return `\nOn the phone: Settings, Linked devices, Link a device. Then scan this; it changes every half a minute.\n\n${picture}\n\n`;
}
