import { LOCAL } from '../../../access/address.js';
import { nearest } from '../../../config/nearest.js';
import type { Scene, Spoken } from './scene.js';

/** What the console itself was told to do comes to: something to tell, a message to deliver, or the end. */
export interface Done {
  readonly note?: string;
  readonly message?: Spoken;
  readonly isEnd?: true;
}

interface Slash {
  readonly name: string;
  readonly words: string;
  readonly summary: string;
  run(given: string, stage: Stage): Done;
}

interface Stage {
  readonly scene: Scene;
  readonly now: number;
  /** What the console's own words begin with. */
  readonly sign: string;
}

const LONGEST_NAME = 60;

/** The words of the console itself, which no bot gets to see. */
const SLASHES: readonly Slash[] = [
  {
    name: 'as',
    words: '<phone> [name]',
    summary: 'speak as somebody else, to see what they see',
    run: (given, { scene, sign }) => {
      if (given === '') return becomeLocal(scene, sign);
      const { address, name } = personAndName(given, scene);
      if (address === null)
        return { note: `Nobody is known by that. Give a number: ${sign}as +12025550101 Bo` };
      if (address === LOCAL) return becomeLocal(scene, sign);
      scene.become(address, name);
      return { note: whoText(scene, sign) };
    },
  },
  {
    name: 'me',
    words: '',
    summary: 'be yourself again',
    run: (_, { scene, sign }) => becomeLocal(scene, sign),
  },
  {
    name: 'group',
    words: '<name>',
    summary: 'speak in a group',
    run: (given, { scene, sign }) => {
      const name = given.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
      if (name === '') return { note: `Which one? ${sign}group Team` };
      scene.enter(name.slice(0, LONGEST_NAME));
      return { note: whoText(scene, sign) };
    },
  },
  {
    name: 'direct',
    words: '',
    summary: 'back to the direct chat',
    run: (_, { scene, sign }) => {
      scene.leave();
      return { note: whoText(scene, sign) };
    },
  },
  {
    name: 'who',
    words: '',
    summary: 'who you are, and where',
    run: (_, stage) => ({ note: allText(stage) }),
  },
  {
    name: 'reply',
    words: '<person> <text>',
    summary: "answer to somebody's newest message here",
    run: (given, { scene, now, sign }) => {
      const [, who = '', text = ''] = /^(\S+)\s+(.+)$/s.exec(given) ?? [];
      const example = `${sign}reply Bo !role promote`;
      if (text === '') return { note: `To whom, and what? ${example}` };
      const address = scene.find(who);
      if (address === null) return { note: `Nobody is known by that name. For example: ${example}` };
      const quoted = scene.newestOf(address);
      if (quoted === null) return { note: `${scene.label(address)} wrote nothing in this chat yet.` };
      return { message: scene.say(text, now, quoted) };
    },
  },
  {
    name: 'edit',
    words: '<text>',
    summary: 'change your newest message here',
    run: (given, { scene, sign }) => {
      if (given === '') return { note: `To what? ${sign}edit !help` };
      return changed(scene, 'edited', given);
    },
  },
  {
    name: 'delete',
    words: '',
    summary: 'take your newest message here back',
    run: (_, { scene }) => changed(scene, 'revoked', ''),
  },
  { name: 'help', words: '', summary: 'this', run: (_, { sign }) => ({ note: helpText(sign) }) },
  { name: 'quit', words: '', summary: 'end (Ctrl-D does as well)', run: () => ({ isEnd: true }) },
];

/** Whether a line is meant for the console. The sign twice means: it is for the bot, with one sign. */
export const isSlash = (line: string, sign: string): boolean =>
  line.startsWith(sign) && !line.startsWith(sign + sign);

export function runSlash(line: string, stage: Stage): Done {
  const { sign } = stage;
  const [, name = '', given = ''] = /^(\S*)\s*(.*)$/s.exec(line.slice(sign.length)) ?? [];
  const found = SLASHES.find((slash) => slash.name === name.toLowerCase());
  if (found !== undefined) return found.run(given.trim(), stage);
  const meant = nearest(
    name,
    SLASHES.map((slash) => slash.name),
  );
  const hint = meant === null ? `${sign}help lists what there is.` : `Did you mean ${sign}${meant}?`;
  return { note: `The console knows no ${sign}${name.slice(0, LONGEST_NAME)}. ${hint}` };
}

/** What could stand in the place of the last word. */
export function completeSlash(line: string, scene: Scene, sign: string): string[] {
  const [, name = '', last] = /^(\S+)(?:\s+(\S*))?$/s.exec(line.slice(sign.length)) ?? [];
  if (last === undefined)
    return SLASHES.map((slash) => sign + slash.name).filter((word) => word.startsWith(line));
  const people = scene.played.map((address) => scene.nameOf(address) ?? address);
  const candidates = { as: people, reply: people, group: scene.groups }[name] ?? [];
  return candidates.filter((candidate) => candidate.toLowerCase().startsWith(last.toLowerCase()));
}

/** Who speaks and where, in a line. */
function whoText(scene: Scene, sign: string): string {
  const { speaker, group } = scene;
  const who = speaker === LOCAL ? 'yourself, the local user' : withNumber(scene, speaker);
  const where = group === null ? 'in the direct chat' : `in the group ${group}`;
  const back = [...(speaker === LOCAL ? [] : [`${sign}me`]), ...(group === null ? [] : [`${sign}direct`])];
  return `You are ${who}, ${where}.${back.length === 0 ? '' : ` Back: ${back.join(', ')}`}`;
}

function allText({ scene, sign }: Stage): string {
  const others = scene.played.filter((address) => address !== scene.speaker);
  return [
    whoText(scene, sign),
    others.length > 0 && `Played as well: ${others.map((address) => withNumber(scene, address)).join(', ')}`,
    scene.groups.length > 0 && `Groups: ${scene.groups.join(', ')}`,
  ]
    .filter((line) => line !== false)
    .join('\n');
}

function helpText(sign: string): string {
  const rows = SLASHES.map(
    ({ name, words, summary }) => [`${sign}${name} ${words}`.trim(), summary] as const,
  );
  const width = Math.max(...rows.map(([usage]) => usage.length)) + 2;
  return [
    "These are the console's own, to play other people and groups:",
    ...rows.map(([usage, summary]) => `  ${usage.padEnd(width)}${summary}`),
    `@name mentions somebody who was played. ${sign}${sign} at the beginning sends a message that begins with ${sign}.`,
  ].join('\n');
}

function becomeLocal(scene: Scene, sign: string): Done {
  scene.become(LOCAL);
  return { note: whoText(scene, sign) };
}

function changed(scene: Scene, how: 'edited' | 'revoked', text: string): Done {
  const message = scene.change(how, text);
  return message === null ? { note: 'You wrote nothing in this chat yet.' } : { message };
}

/** A number may hold spaces, so the longest beginning that is one is taken for it; what follows is the name. */
function personAndName(given: string, scene: Scene) {
  const words = given.split(/\s+/);
  for (let count = Math.min(words.length, 8); count > 0; count--) {
    const address = scene.find(words.slice(0, count).join(' '));
    if (address === null) continue;
    const name = words
      .slice(count)
      .join(' ')
      .replace(/[\p{Cc}\p{Cf}]/gu, '')
      .slice(0, LONGEST_NAME);
    return { address, name: name === '' ? undefined : name };
  }
  return { address: null, name: undefined };
}

function withNumber(scene: Scene, address: string): string {
  if (address === LOCAL) return 'yourself';
  const name = scene.nameOf(address);
  return name === undefined ? address : `${name} (${address})`;
}
