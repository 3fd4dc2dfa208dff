import { Chance } from '../../system/chance.js';
import { closed } from './forgery.js';
import { Ledger, linesOfVector, NEXT, SIGNING } from './ledger.js';

/** A file to be judged, and what it is to be judged by. */
export interface Judged {
  name: string;
  content: Buffer;
  vkeys: readonly string[];
  checkpoints: readonly string[];
}

const BASES = [
  'good.ndjson',
  'good-anchor.ndjson',
  'good-rotated.ndjson',
  'good-empty.ndjson',
  'truncated.ndjson',
  'forked-witness.ndjson',
  'proof.json',
  'proof-erased.json',
];
const NUMBERS = ['0', '1', '-1', '-0', '9007199254740993', '1.0', '1e2', '03'];

/** What somebody without any knowledge of the format might do to a file; the same in every run. */
export function* mutants(seed: number, count: number): Generator<Judged> {
  const chance = new Chance(seed);
  const witnesses = [0, 3, 8, 10].map((size) => new Ledger().checkpoint(size));
  for (let number = 0; number < count; number += 1) {
    const base = BASES[number % BASES.length]!;
    const isBundle = base.endsWith('.ndjson');
    const isClosed = isBundle && chance.fraction() < 0.7;
    // One character a byte, so that a change may also ruin the UTF-8.
    const lines = linesOfVector(base).map((line) => Buffer.from(line).toString('latin1'));
    if (isClosed) lines.pop();
    const done: string[] = [];
    for (let left = chance.between(1, 3); left > 0; left -= 1) done.push(changeOne(lines, chance));
    const changed = lines.map((line) => Buffer.from(line, 'latin1'));
    let content = isClosed ? closed(changed) : Buffer.from(`${lines.join('\n')}\n`, 'latin1');
    if (!isClosed && chance.fraction() < 0.2)
      content = content.subarray(0, chance.between(0, content.length));
    yield {
      name: `#${number}: ${base}, ${done.join(', ')}${isClosed ? ', closed anew' : ''}`,
      content,
      vkeys: chance.fraction() < 0.15 ? [] : [SIGNING.vkey, NEXT.vkey].slice(0, chance.between(1, 2)),
      checkpoints: chance.fraction() < 0.2 ? [witnesses[chance.between(0, 3)]!] : [],
    };
  }
}

/** Changes one of the lines, or their order, and says how. */
function changeOne(lines: string[], chance: Chance): string {
  const at = chance.between(0, Math.max(0, lines.length - 1));
  const line = lines[at] ?? '';
  const place = chance.between(0, Math.max(0, line.length - 1));
  const pick = <T>(all: readonly T[]): T | undefined => all[chance.between(0, Math.max(0, all.length - 1))];
  const put = (from: number, to: number, text: string) => {
    lines[at] = line.slice(0, from) + text + line.slice(to);
  };
  switch (chance.between(0, 9)) {
    case 0:
    case 1: {
      const flipped = String.fromCharCode(line.charCodeAt(place) ^ (1 << chance.between(0, 7)));
      put(place, place + 1, flipped);
      return `a bit in line ${at}`;
    }
    case 2:
      put(place, place + chance.between(1, 5), '');
      return `some bytes gone from line ${at}`;
    case 3:
      put(place, place, line.slice(place, place + chance.between(1, 30)));
      return `some bytes twice in line ${at}`;
    case 4:
      lines.splice(at, 1);
      return `line ${at} gone`;
    case 5:
      lines.splice(chance.between(0, lines.length), 0, line);
      return `line ${at} twice`;
    case 6: {
      const other = chance.between(0, Math.max(0, lines.length - 1));
      lines[at] = lines[other] ?? '';
      lines[other] = line;
      return `lines ${at} and ${other} swapped`;
    }
    case 7: {
      const number = pick([...line.matchAll(/[0-9]+/g)]);
      if (number !== undefined) put(number.index, number.index + number[0].length, pick(NUMBERS)!);
      return `a number in line ${at}`;
    }
    case 8: {
      const member = pick([...line.matchAll(/"[A-Za-z]+":("[^"]*"|[0-9]+|null)/g)]);
      if (member !== undefined) put(member.index, member.index, `${member[0]},`);
      return `a member twice in line ${at}`;
    }
    default: {
      const value = pick([...line.matchAll(/:("[^"]*"|[0-9]+)/g)]);
      if (value !== undefined) put(value.index, value.index + value[0].length, ':null');
      return `a value gone from line ${at}`;
    }
  }
}
