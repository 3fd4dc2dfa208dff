import { closed, type Json, type Key, type Members, noteOf, rootOf, seal } from './forgery.js';
import { ERASURE, LAST, Ledger, NEXT, ORIGIN, SIGNING, STRANGE } from './ledger.js';
import type { Judged } from './mutants.js';

type Change = (ledger: Ledger) => void;

const TRUSTED = [SIGNING.vkey];
const SOME_ROOT = Buffer.alloc(32, 1).toString('base64');
const rootAt = (size: number) => rootOf(new Ledger().leaves.slice(0, size)).toString('base64');
const membersOf = (entry: Members, part: string) => entry[part] as Members;

/** What somebody who knows the format, and may even have the key, might write. */
export function* forgeries(): Generator<Judged> {
  yield* forms();
  yield* spellings();
  yield* firstLines();
  yield* orders();
  yield* notes();
  yield* anchors();
  yield* erasures();
  yield* proofs();
}

function judged(
  name: string,
  content: string | Buffer,
  vkeys: readonly string[] = TRUSTED,
  checkpoints: readonly string[] = [],
): Judged {
  return { name, content: Buffer.from(content as string), vkeys, checkpoints };
}

/** The same with and without a trusted key. */
function* withAndWithout(
  name: string,
  content: string | Buffer,
  checkpoints: readonly string[] = [],
): Generator<Judged> {
  yield judged(name, content, TRUSTED, checkpoints);
  yield judged(`${name}, no key`, content, [], checkpoints);
}

function bundleOf(change: Change): Buffer {
  const ledger = new Ledger();
  change(ledger);
  return ledger.bundle();
}

/** With the newest checkpoint alone, where no other matters. */
function onceSigned(ledger: Ledger): Ledger {
  ledger.sizes = [LAST];
  return ledger;
}

const signedOnce = (change: Change) =>
  bundleOf((ledger) => {
    change(onceSigned(ledger));
  });

const TEXTS: Json[] = [
  '',
  'x',
  'X'.repeat(64),
  'X'.repeat(65),
  'a b',
  'ü',
  '1a',
  '-a',
  'a_b.c',
  'a\n',
  'a123456',
];
const STRANGE_TEXTS: Json[] = ['\ud800', 'a\udc00b', 'a\u0000', '\u007f\u2028', 'F'.repeat(64)];
const OTHERS: Json[] = [0, -1, 2 ** 53, 2 ** 53 - 1, 1.5, 1e21, null, true, [], {}];
const VALUES = [...TEXTS, ...STRANGE_TEXTS, ...OTHERS];
const FEW_VALUES: Json[] = ['\ud800', 'a\u0000', '', 'a b', 0, -1, 1.5, null];
/** The texts of which the form is told. */
const NAMES = ['tenant', 'category', 'entityType'];

/** Values that may not be there, or may after all, with hashes and checkpoints that fit. */
function* forms(): Generator<Judged> {
  const sample = new Ledger().entry(5).public as Members;
  for (const name of Object.keys(sample)) {
    for (const value of NAMES.includes(name) ? VALUES : FEW_VALUES) {
      const change: Change = (ledger) => {
        membersOf(ledger.entry(5), 'public')[name] = value;
        if (!name.endsWith('Commitment')) ledger.seal();
      };
      yield judged(`public ${name} = ${JSON.stringify(value)}`, signedOnce(change));
    }
    yield judged(
      `public ${name} gone`,
      signedOnce((ledger) => {
        delete membersOf(ledger.entry(5), 'public')[name];
      }),
    );
  }
  for (const id of ['00000000-0000-1000-8000-00000000000A', '0000000000001000800000000000000a'])
    yield judged(
      `public id = ${id}`,
      signedOnce((ledger) => {
        membersOf(ledger.entry(5), 'public').id = id;
        ledger.seal();
      }),
    );
  for (const [part, name] of [
    ['actor', 'actorId'],
    ['rest', 'status'],
    ['rest', 'metadata'],
    ['rest', 'unknown'],
  ] as const)
    for (const value of name === 'status' ? VALUES : FEW_VALUES) {
      const change: Change = (ledger) => {
        ledger.entry(4)[part] = { ...membersOf(ledger.entry(4), part), [name]: value };
        ledger.seal();
      };
      yield judged(`${part} ${name} = ${JSON.stringify(value)}`, signedOnce(change));
    }
  for (const name of ['public', 'actor', 'actorSalt', 'rest', 'restSalt', 'leaf', 'erasedAt', 'type'])
    for (const value of [undefined, null, '', 1.5, [], {}] as const) {
      const lines = onceSigned(new Ledger()).lines();
      const entry = JSON.parse(lines[4]!) as Members;
      if (value === undefined) delete entry[name];
      else entry[name] = value as Json;
      lines[4] = JSON.stringify(entry);
      yield judged(`entry ${name} = ${JSON.stringify(value)}`, closed(lines));
    }
  for (const name of ['actorSalt', 'restSalt', 'leaf']) {
    const change: Change = (ledger) => {
      ledger.entry(4)[name] = String(ledger.entry(4)[name]).toUpperCase();
    };
    yield judged(`${name} in capitals`, signedOnce(change));
    const lengthen: Change = (ledger) => {
      ledger.entry(4)[name] = `${ledger.entry(4)[name]}00`;
      if (name !== 'leaf') seal(ledger.entry(4));
    };
    yield judged(`${name} too long`, signedOnce(lengthen));
  }
}

/** Changes in the text of lines, of which the end line knows. */
function* spellings(): Generator<Judged> {
  const lines = new Ledger().lines();
  const of = (type: string) => lines.findLastIndex((line) => line.startsWith(`{"type":"${type}"`));
  const change = (at: number, from: string | RegExp, to: string) => {
    const changed = lines[at]!.replace(from, to);
    return judged(
      `line ${at}: ${from} becomes ${to}`,
      closed(lines.map((line, index) => (index === at ? changed : line))),
    );
  };
  const entry: [string | RegExp, string][] = [
    ['"at":1767', '"at": 1767'],
    ['123456,', '123456.0,'],
    ['"status":204', '"status":2.04e2'],
    ['"status":204', '"status":-0'],
    ['"status":204', '"status":0204'],
    ['"v":1', '"v":1e0'],
    ['"seq":4', '"seq":"4"'],
    ['"seq":4', '"seq":4,"seq":4'],
    ['"seq":4', '"seq":44444444444444444444'],
    ['"seq":4', '"seq":null'],
    ['"seq":4', '"\\u0073eq":4'],
    ['"seq":4', '"seq":11'],
    ['"seq":4', '"seq":1'],
    ['"seq":4', '"seq":9007199254740991'],
    ['"type":"entry"', '"type":"entry","type":"entry"'],
    ['"type":"entry"', '"type":"statement","type":"entry"'],
    ['"type":"entry"', '"type":"entry","type":"statement"'],
    ['"type":"entry"', '"\\u0074ype":"\\u0065ntry"'],
    ['{"type"', '\ufeff{"type"'],
    ['{"type"', '\u00a0{"type"'],
    ['{"type"', '\t {"type"'],
    ['"erasedAt":null', '"erasedAt":-0'],
    ['"erasedAt":null', '"erasedAt":1.0'],
    ['"erasedAt":null', '"erasedAt":null,"__proto__":{}'],
    ['"erasedAt":null', '"erasedAt":null,"constructor":1'],
    ['"erasedAt":null', '"erasedAt":null,'],
    ['"public":{', '"public":{"__proto__":1,'],
    ['"actor":{', '"actor":{"toString":"x",'],
    ['"actor":{', '"actor":null,"actor":{'],
    ['"actorId":"u1"', '"actorId":"\\u00751"'],
    ['"actorId":"u1"', '"actorId":"\\ud800"'],
    ['"actorId":"u1"', '"actorId":"\\x75"'],
    ['"actorId":"u1"', '"actorId":"u\u00011"'],
    ['"ip":', '"\\u0069p":"192.0.2.7","ip":'],
    [/$/, ' '],
    [/$/, '\r'],
    [/$/, 'x'],
    [/^/, '['],
  ];
  for (const [from, to] of entry) yield change(4, from, to);
  for (const type of ['ledger', 'statement', 'checkpoint'])
    for (const [from, to] of [
      [/}$/, ',"more":1}'],
      [/}$/, ',"type":"ledger"}'],
      [/^/, ' '],
      [/$/, '\r'],
      [/^/, '\ufeff'],
      ['"note":', '"note":"x","note":'],
      ['"note":', '"nota":'],
      ['"from":1', '"from":1.0'],
      ['"to":10', '"to":1e1'],
      ['"to":10', '"to":10,"to":10'],
    ] as const)
      if (lines[of(type)]!.replace(from, to) !== lines[of(type)]) yield change(of(type), from, to);
}

/** First lines and end lines that say something else. */
function* firstLines(): Generator<Judged> {
  const values: Record<string, Json[]> = {
    format: ['reeve-bundle/2', null],
    tenant: ['x', 'Default', null, '', 'fault', 'a123456'],
    origin: ['reeve/example/other', 'reeve/example/default/', 'x/default', '', null, `${ORIGIN}\n`],
    vkeys: [[], null, [1], {}],
    from: [0, 1, 2, 4, 5, 6, 11, -1, null, 1.5, '1'],
    to: [0, 3, 5, 8, 9, 11, 1e6, -1, null, '10', 2 ** 53],
    anchor: [
      null,
      {},
      [],
      { size: 0, hashes: [] },
      { size: 4, hashes: [] },
      { size: 4, hashes: ['x'] },
      { size: 4, hashes: ['f'.repeat(64)] },
      { size: 3, hashes: ['F'.repeat(64), 'f'.repeat(64)] },
      { size: -1, hashes: [] },
      { size: '4', hashes: ['f'.repeat(64)] },
    ],
  };
  for (const pruned of [0, 4])
    for (const [name, list] of Object.entries(values))
      for (const value of list) {
        const ledger = new Ledger();
        if (pruned > 0) ledger.prune(pruned);
        ledger.header = { [name]: value };
        const what = `${name} = ${JSON.stringify(value)}, pruned to ${pruned}`;
        yield judged(what, ledger.bundle(), pruned > 0 ? [] : TRUSTED);
      }
  const lines = new Ledger().lines();
  const ends: Record<string, Json[]> = {
    entries: [9, '10', null],
    statements: [0, 2],
    checkpoints: [0, 9],
    sha256: ['', null, 'F'.repeat(64)],
    more: [1],
  };
  for (const [name, list] of Object.entries(ends))
    for (const value of list)
      yield judged(`end ${name} = ${JSON.stringify(value)}`, closed(lines, { [name]: value }));
}

/** Lines in other places, and what is before, between and after them. */
function* orders(): Generator<Judged> {
  const lines = new Ledger().lines();
  const whole = closed(lines).toString();
  const end = `${whole.trimEnd().split('\n').at(-1)}\n`;
  for (const [name, text] of Object.entries({
    'no last line feed': whole.slice(0, -1),
    'one line feed more': `${whole}\n`,
    'a byte more': `${whole}x`,
    'two end lines': whole + end,
    'the end line first': end + whole,
    'carriage returns': whole.replaceAll('\n', '\r\n'),
    'an empty line': whole.replace('\n', '\n\n'),
    'an empty first line': `\n${whole}`,
    'a byte order mark': `\ufeff${whole}`,
    'the hash in capitals': whole.replace(
      /"sha256":"(.*)"/,
      (_, hash: string) => `"sha256":"${hash.toUpperCase()}"`,
    ),
    'nothing at all': '',
    'a line feed': '\n',
    'the file twice': whole + whole,
    'the first line alone': `${lines[0]}\n`,
  }))
    yield* withAndWithout(name, text);
  for (const [name, changed] of Object.entries({
    'an empty line, closed': [...lines, ''],
    'an unknown kind': [...lines, '{"type":"x"}'],
    'a kind of every object': [...lines, '{"type":"constructor"}'],
    'no JSON': [...lines, 'x'],
    'an array': [...lines, '[]'],
    'no JSON after the last entry': [...lines.slice(0, LAST + 1), 'x', ...lines.slice(LAST + 1)],
    'the first line twice': [lines[0]!, ...lines],
    'notes before entries': [lines[0]!, ...lines.slice(LAST + 1), ...lines.slice(1, LAST + 1)],
    'notes in another order': [...lines.slice(0, LAST + 1), ...lines.slice(LAST + 1).reverse()],
    'the last entry last': [...lines.slice(0, LAST), ...lines.slice(LAST + 1), lines[LAST]!],
  }))
    yield* withAndWithout(name, closed(changed));
  for (const from of [1, 2, 5, 9, 10])
    for (const to of [1, 3, 5, 8, 10]) {
      const moved = [...lines];
      moved.splice(to, 0, ...moved.splice(from, 2));
      yield judged(`entries ${from} and the next moved to ${to}`, closed(moved));
      const copied = [...lines];
      copied.splice(to, 0, copied[from]!);
      yield judged(`entry ${from} copied to ${to}`, closed(copied));
      const cut = lines.filter((_, index) => index !== from && index !== to);
      yield judged(`entries ${from} and ${to} gone`, closed(cut));
    }
}

const signatureOf = (text: string, key: Key) => key.signature(text);

/** Notes of all kinds, in the file or from a witness. */
function* notes(): Generator<Judged> {
  const text = `${ORIGIN}/erased\n8\nactor 3\nrest 5-6\n`;
  const good = noteOf(text, SIGNING);
  const own = signatureOf(text, SIGNING);
  const statement = (name: string, note: string) =>
    withAndWithout(
      `statement ${name}`,
      bundleOf((ledger) => {
        ledger.statements = [note];
      }),
    );
  for (const body of [
    ...[
      '8\nactor 3\nrest 5,6',
      '8\nactor 3-3\nrest 5-6',
      '8\nactor 3\nrest 5-6,6',
      '8\nactor 3\nrest 5-6\nmore',
    ],
    ...['8\nactor  3\nrest 5-6', '8\nactor 03\nrest 5-6', '08\nactor 3\nrest 5-6', '8\nrest 5-6\nactor 3'],
    ...['8\nactor 3\nrest 5-8', '8\nactor 3\nrest 5-7', '8\nactor 0-3\nrest 5-6', '8\nactor 3\nrest 6-5'],
    ...[
      '8\nactor 3\nrest -',
      '8\nactor -\nrest 5-6',
      '8\nactor 3\nrest 6,5',
      '8\nactor 3\nrest',
      '8\nactor 3,\nrest 5-6',
    ],
    ...[
      '9\nactor 3\nrest 5-6',
      '11\nactor 3\nrest 5-6',
      '6\nactor 3\nrest 5',
      '9007199254740992\nactor 3\nrest 5-6',
    ],
    ...['8\nactor 3\nrest 5-6\n', '8\nactor 3\n\nrest 5-6', '8\r\nactor 3\nrest 5-6', '8\nactor 3\nrest 5–6'],
  ])
    yield* statement(JSON.stringify(body), noteOf(`${ORIGIN}/erased\n${body}\n`, SIGNING));
  for (const [name, note] of Object.entries({
    'by a strange key': noteOf(text, STRANGE),
    'by the next key': noteOf(text, NEXT),
    'by a strange key as well': noteOf(text, STRANGE, SIGNING),
    'signed twice': noteOf(text, SIGNING, SIGNING),
    'with a second signature that is bad': good + signatureOf('x\n', SIGNING),
    'with a first signature that is bad': `${text}\n${signatureOf('x\n', SIGNING)}${own}`,
    'with something among the signatures': `${good}garbage\n`,
    'with another dash': `${text}\n${own.replace('—', '-')}`,
    'with padding gone': `${text}\n${own.replace('=\n', '\n')}`,
    'with two spaces': `${text}\n${own.replace('— ', '—  ')}`,
    'with an empty line after it': `${good}\n`,
    'without its last line feed': good.slice(0, -1),
    'twice in one': good + good,
    'with carriage returns': good.replaceAll('\n', '\r\n'),
    'with a tab': noteOf(text.replace('actor 3', 'actor\t3'), SIGNING),
    'with an empty signature': `${good}— x AAAA\n`,
    'with a key id alone': `${good}— x AAAAAA==\n`,
    'with an unknown signature': `${good}— x AAAAAAA=\n`,
    'with a signature that is no base64': `${good}— x AAAA!AA=\n`,
    'with a spelling of base64 that is not the one': `${good}— x AAAAAAB=\n`,
    'with a name of two words': `${good}— x\u00a0y AAAAAAA=\n`,
    'with a plus in a name': `${good}— x+y AAAAAAA=\n`,
    'with its name over another key': `${good}— ${ORIGIN} AAAAAAAAAAA=\n`,
    'with two hundred signatures': `${good}${'— x AAAAAAA=\n'.repeat(200)}`,
  }))
    yield* statement(name, note);
  for (const keys of [[STRANGE], [NEXT], [SIGNING, STRANGE], [SIGNING, SIGNING]])
    yield judged(
      `checkpoints by ${keys.map(({ vkey }) => vkey.slice(-4))}`,
      bundleOf((ledger) => {
        ledger.keys = keys;
      }),
    );

  const root = rootAt(LAST);
  const lines = new Ledger().lines();
  const isLast = (line: string) => line.startsWith('{"type":"checkpoint"') && line.includes('\\n10\\n');
  const without = lines.filter((line) => !isLast(line));
  for (const body of [
    ...[
      `10\n${root}`,
      `10\n${root}\nmore\nstill`,
      `10\n${root}\n\nmore`,
      `010\n${root}`,
      `+10\n${root}`,
      `0xa\n${root}`,
    ],
    ...[`10\n${root.slice(0, 40)}`, '10', `10\n${root.slice(0, -1)}`, `10\n${SOME_ROOT}`, `11\n${SOME_ROOT}`],
    ...[
      `9007199254740991\n${SOME_ROOT}`,
      `9007199254740992\n${SOME_ROOT}`,
      `-1\n${SOME_ROOT}`,
      `0\n${SOME_ROOT}`,
    ],
    ...[`5\n${SOME_ROOT}`, `1 0\n${root}`],
  ]) {
    const note = noteOf(`${ORIGIN}\n${body}\n`, SIGNING);
    const line = JSON.stringify({ type: 'checkpoint', note });
    const name = `checkpoint ${JSON.stringify(body)}`;
    yield* withAndWithout(`${name} instead`, closed([...without, line]));
    yield judged(`${name} as well`, closed([...lines, line]));
    yield judged(`${name} from a witness instead`, closed(without), TRUSTED, [note]);
    yield judged(`${name} from a witness as well`, closed(lines), TRUSTED, [note]);
  }
  for (const note of [
    ...[
      '',
      'garbage',
      noteOf(`${ORIGIN}\n10\n${root}\n`, STRANGE),
      noteOf(`${ORIGIN}\n10\n${root}\n`, NEXT, SIGNING),
    ],
    noteOf(`reeve/example/other\n10\n${root}\n`, SIGNING),
  ])
    yield judged(`witness ${note.slice(0, 40)}`, closed(lines), TRUSTED, [note]);
}

/** Beginnings that were taken away, and what vouches for them. */
function* anchors(): Generator<Judged> {
  for (const pruned of [6, LAST]) {
    const name = `pruned to ${pruned}`;
    const ledger = () => new Ledger().prune(pruned);
    yield* withAndWithout(name, ledger().bundle());
    const stated = (size: number | string, root: string, key = SIGNING) =>
      noteOf(`${ORIGIN}/pruned\n${size}\n${root}\n`, key);
    const root = rootAt(pruned);
    for (const [what, notes] of Object.entries({
      nothing: [],
      'a line more': [stated(pruned, `${root}\nx`)],
      'a zero': [stated(`0${pruned}`, root)],
      'another size': [stated(pruned + 1, root)],
      'another root': [stated(pruned, SOME_ROOT)],
      'a strange key': [stated(pruned, root, STRANGE)],
      'a strange key first': [stated(pruned, root, STRANGE), stated(pruned, root)],
    })) {
      const changed = ledger();
      changed.statements = [changed.statements[0]!, ...notes];
      yield* withAndWithout(`${name}, stated with ${what}`, changed.bundle());
    }
    const lines = ledger()
      .lines()
      .filter((line) => line.startsWith('{"type":"consistency"'))
      .map((line) => JSON.parse(line) as Members & { path: string[] });
    for (const line of lines)
      for (const [what, changed] of Object.entries<Members[]>({
        none: [],
        'a bad one first': [{ ...line, path: [] }, line],
        'a shorter path': [{ ...line, path: line.path.slice(1) }],
        'a longer path': [{ ...line, path: [...line.path, 'f'.repeat(64)] }],
        capitals: [{ ...line, path: line.path.map((hash) => hash.toUpperCase()) }],
        'short hashes': [{ ...line, path: ['ff'] }],
        'another end': [{ ...line, to: pruned + 1 }],
        'another beginning': [{ ...line, from: Number(line.from) + 1 }],
        'a member more': [{ ...line, more: 1 }],
      })) {
        const other = ledger();
        other.consistency = [...lines.filter((one) => one !== line), ...changed];
        const file = other.bundle();
        yield judged(`${name}, proof from ${line.from} with ${what}`, file);
        yield judged(`${name}, proof from ${line.from} with ${what}, witnessed`, file, TRUSTED, [
          other.checkpoint(Number(line.from)),
        ]);
      }
    const unproved = ledger();
    unproved.consistency = [];
    for (const size of [0, 3, pruned, LAST, LAST + 1]) {
      const bad = noteOf(`${ORIGIN}\n${size}\n${SOME_ROOT}\n`, SIGNING);
      yield judged(`${name}, a bad witness of ${size}`, ledger().bundle(), TRUSTED, [bad]);
      if (size <= LAST)
        yield judged(`${name}, no proofs, a witness of ${size}`, unproved.bundle(), TRUSTED, [
          new Ledger().checkpoint(size),
        ]);
    }
  }
  // Archive segments: erased from by an entry that comes later, with and without what says that the ledger went on.
  for (const to of [6, 7])
    for (const beyond of [[], [ERASURE], [LAST]])
      for (const isVouched of [true, false]) {
        const ledger = new Ledger();
        if (isVouched) ledger.prune(to).pruned = 0;
        const extra = beyond.map((size) =>
          JSON.stringify({ type: 'checkpoint', note: ledger.checkpoint(size) }),
        );
        const file = closed([...ledger.lines(to), ...extra]);
        yield* withAndWithout(
          `segment to ${to}, ${isVouched ? 'vouched for' : 'not vouched for'}, also ${beyond}`,
          file,
        );
      }
}

/** Entries that say who was erased, and statements that say so as well. */
function* erasures(): Generator<Judged> {
  const stated = (text: string) => noteOf(`${ORIGIN}/erased\n${text}\n`, SIGNING);
  const named = (actor: Json, rest: Json) => JSON.stringify({ actor, count: 3, rest });
  const empty = (ledger: Ledger, seq: number) =>
    Object.assign(ledger.entry(seq), { rest: null, restSalt: null });
  const change = (ledger: Ledger, seq: number, action: string, rest: Members | null) => {
    membersOf(ledger.entry(seq), 'public').action = action;
    if (rest !== null) ledger.entry(seq).rest = rest;
    ledger.seal();
  };
  const metadata =
    (text: string): Change =>
    (ledger) =>
      change(ledger, ERASURE, 'SUBJECT_ERASED', { metadata: text });
  const cases: Record<string, Change> = {
    'the same': metadata(named([[3, 3]], [[5, 6]])),
    'in another order': metadata('{"rest":[[5,6]],"actor":[[3,3]]}'),
    'in other pieces': metadata(
      named(
        [[3, 3]],
        [
          [5, 5],
          [6, 6],
        ],
      ),
    ),
    'with a member more': metadata('{"actor":[[3,3]],"count":3,"rest":[[5,6]],"more":1}'),
    'with more': metadata(named([[3, 3]], [[5, 7]])),
    'with less': metadata(named([[3, 3]], [])),
    'without a part': metadata('{"actor":[[3,3]],"count":3}'),
    'with numbers only': metadata(named([3], [[5, 6]])),
    'with three numbers': metadata(named([[3, 3]], [[5, 6, 7]])),
    'with texts': metadata(named([['3', '3']], [['5', '6']])),
    'no JSON': metadata('x'),
    'an empty text': metadata(''),
    null: metadata('null'),
    'no metadata': (ledger) => change(ledger, ERASURE, 'SUBJECT_ERASED', {}),
    'metadata elsewhere': (ledger) =>
      change(ledger, ERASURE, 'SUBJECT_ERASED', { before: named([[3, 3]], [[5, 6]]) }),
    'another action': (ledger) => change(ledger, ERASURE, 'X', null),
    'altered itself': (ledger) => {
      membersOf(ledger.entry(ERASURE), 'public').verb = 'X';
    },
    'empty itself': (ledger) => {
      empty(ledger, ERASURE);
      ledger.statements.push(stated('9\nactor -\nrest 8'));
    },
    'empty itself, by another erasure': (ledger) => {
      empty(ledger, ERASURE);
      change(ledger, 9, 'SUBJECT_ERASED', { metadata: named([], [[8, 8]]) });
      ledger.statements.push(stated('9\nactor -\nrest 8'));
    },
    'no erasure, empty by another': (ledger) => {
      empty(ledger, ERASURE);
      change(ledger, ERASURE, 'X', null);
      change(ledger, 9, 'SUBJECT_ERASED', { metadata: named([], [[8, 8]]) });
      ledger.statements.push(stated('9\nactor -\nrest 8'));
    },
    'stated twice, once with less': (ledger) => {
      ledger.statements.push(stated('8\nactor 3\nrest 5'));
    },
    'a salt that stays': (ledger) => {
      ledger.entry(3).actorSalt = '0'.repeat(64);
    },
    'a part that stays': (ledger) => {
      ledger.entry(5).rest = {};
    },
    'no time of erasure': (ledger) => {
      ledger.entry(3).erasedAt = null;
    },
  };
  for (const [name, apply] of Object.entries(cases))
    for (const pruned of [0, 4]) {
      const ledger = new Ledger();
      apply(ledger);
      if (pruned > 0) ledger.prune(pruned);
      yield* withAndWithout(`erasure ${name}, pruned to ${pruned}`, ledger.bundle());
    }
  for (const seq of [10, 11, 12, 20])
    for (const size of [11, 12]) {
      const ledger = new Ledger();
      ledger.statements = [stated(`${seq}\nactor 3\nrest 5-6`)];
      const later = noteOf(`${ORIGIN}\n${size}\n${SOME_ROOT}\n`, SIGNING);
      const file = closed([...ledger.lines(), JSON.stringify({ type: 'checkpoint', note: later })]);
      yield* withAndWithout(`erasure stated for ${seq} under a checkpoint of ${size}`, file);
      yield judged(`erasure stated for ${seq}, a witness of ${size}`, ledger.bundle(), TRUSTED, [later]);
    }
}

/** Proofs of one entry. */
function* proofs(): Generator<Judged> {
  const ledger = new Ledger();
  const text = (proof: Members) => `${JSON.stringify(proof)}\n`;
  const checkpoint = (size: number, root: string, key = SIGNING, origin = ORIGIN) =>
    noteOf(`${origin}\n${size}\n${root}\n`, key);
  const erased = (body: string, key = SIGNING) => noteOf(`${ORIGIN}/erased\n${body}\n`, key);
  const root = rootAt(LAST);
  for (let seq = 1; seq <= LAST; seq += 1) {
    const proof = ledger.proof(seq) as Members & { path: string[] };
    yield* withAndWithout(`proof of ${seq}`, text(proof));
    if (![1, 4, 9].includes(seq)) continue;
    for (const at of proof.path.keys())
      yield judged(`proof of ${seq}, step ${at} gone`, text({ ...proof, path: proof.path.toSpliced(at, 1) }));
    yield judged(`proof of ${seq}, a step more`, text({ ...proof, path: [...proof.path, 'f'.repeat(64)] }));
  }
  const values: Record<string, Json[]> = {
    index: [0, 2, 3, 9, 10, -1, 1.5, null, '3', 2 ** 53],
    size: [0, 3, 4, 9, 11, -1, 1.5, null],
    path: [null, [], ['x'], ['F'.repeat(64)], [1]],
    checkpoint: [
      ...[null, '', 'x', ledger.checkpoint(8), checkpoint(LAST, root, SIGNING, 'reeve/example/other')],
      ...[checkpoint(LAST, root, STRANGE), checkpoint(LAST, SOME_ROOT), `${ORIGIN}\n10\n`],
    ],
    statements: [
      ...[null, [], ['x'], [1], [erased('9\nactor 3-4\nrest 8')], [erased('11\nactor 3\nrest 8')]],
      ...[[erased('10\nactor 3\nrest 5-6')], [erased('10\nactor 3\nrest 5-6', STRANGE)]],
    ],
    vkeys: [null, [], [1]],
    entry: [null, [], {}, 'x'],
    more: [1],
    format: ['reeve-proof/2'],
  };
  for (const seq of [3, 4])
    for (const [name, list] of Object.entries(values)) {
      const proof = ledger.proof(seq);
      for (const value of list)
        yield judged(
          `proof of ${seq}, ${name} = ${JSON.stringify(value)}`,
          text({ ...proof, [name]: value }),
          seq === 3 ? TRUSTED : [],
        );
      delete proof[name];
      yield* withAndWithout(`proof of ${seq}, no ${name}`, text(proof));
    }
  const line = JSON.stringify(ledger.proof(4));
  for (const [name, content] of Object.entries({
    'on many lines': JSON.stringify(ledger.proof(4), null, 2),
    'without a line feed': line,
    'after empty lines': `\n\n${line}\n\n`,
    'with a byte order mark': `\ufeff${line}`,
    twice: `${line}\n${line}\n`,
    'with a byte more': `${line}\nx`,
    'with a repeated member': line.replace('"index":3', '"index":3,"index":3'),
    'with a repeated member in the entry': line.replace('"seq":4', '"seq":4,"seq":4'),
  }))
    yield judged(`proof ${name}`, content);
  for (const size of [0, 4, 8, LAST, LAST + 1]) {
    const good = size <= LAST ? [ledger.checkpoint(size)] : [];
    for (const note of [...good, checkpoint(size, SOME_ROOT)]) {
      yield judged(`proof and a witness of ${size}`, text(ledger.proof(4)), TRUSTED, [note]);
      yield judged(
        `proof under a checkpoint of 8 and a witness of ${size}`,
        text({ ...ledger.proof(4), checkpoint: ledger.checkpoint(8) }),
        TRUSTED,
        [note],
      );
    }
  }
}
