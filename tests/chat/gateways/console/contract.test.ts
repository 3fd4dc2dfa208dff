import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describeGateway } from '../contract.js';
import { Stage } from './stage.js';

/** The console, looked at from its screen: what was printed, and which files lie in its folder. */
describeGateway('the console', async () => {
  const stage = await openStopped();
  const { gateway } = stage;
  let current = '';
  const say = async (line: string, { from, group }: { from: string; group?: string | undefined }) => {
    current = group === undefined ? gateway.directChat(from) : `console:group:${group}`;
    const dealtWith = stage.nextDealtWith();
    stage.input.write(`/as ${from}\n${group === undefined ? '/direct' : `/group ${group}`}\n${line}\n`);
    if (gateway.status().state === 'ready') await dealtWith;
  };
  return {
    gateway,
    write: say,
    answer: (text, { from, group, to }) => say(`/reply ${to} ${text}`, { from, group }),
    edit: (text, { from }) => say(`/edit ${text}`, { from }),
    seen: async (chatId) => {
      const blocks = stage
        .printed()
        .split('\n\n')
        .filter((block) => block !== '' && !/^(You are|\[no answer\])/.test(block))
        .map((block) => block.split('\n'));
      const seen = {
        texts: [] as string[],
        files: [] as { name: string; bytes: Buffer }[],
        reactions: [] as string[],
      };
      for (const lines of blocks) {
        const place = /^\[(?:to (.+), direct|in the group (.+))\]$/.exec(lines[0]!);
        if (place !== null) lines.shift();
        const [, person, group] = place ?? [];
        const to = person ? gateway.directChat(person) : group ? `console:group:${group}` : current;
        if (to !== chatId) continue;
        const text = lines.filter((line) => !/^\[(document|picture|reaction)/.test(line)).join('\n');
        if (text !== '') seen.texts.push(text);
        for (const line of lines) {
          const path = /^\[(?:document|picture), 1,000 bytes\] (.+)$/.exec(line)?.[1];
          if (path !== undefined) seen.files.push({ name: basename(path), bytes: readFileSync(path) });
          const reaction = /^\[reaction\] (.+)$/.exec(line)?.[1];
          if (reaction !== undefined) seen.reactions.push(reaction);
        }
      }
      return seen;
    },
  };
});

/** Not started yet: whoever checks the contract does that. */
async function openStopped() {
  const stage = Stage.stopped();
  let dealtWith = () => {};
  stage.gateway.tie({ settled: async () => dealtWith() });
  return {
    gateway: stage.gateway,
    input: stage.input,
    printed: () => stage.screen,
    nextDealtWith: () =>
      new Promise<void>((resolve) => {
        dealtWith = resolve;
      }),
  };
}
