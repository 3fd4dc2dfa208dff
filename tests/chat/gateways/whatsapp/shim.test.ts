import { createContext, runInContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { whatsAppShim } from '../../../../src/chat/gateways/whatsapp/shim.js';

/** The shim as it gets into the page: as text, before anything else. In the real page: tests/system/whatsapp. */
function pageWith(modules: string) {
  const warnings: string[] = [];
  const page = createContext({ console: { warn: (text: string) => warnings.push(text) } });
  const run = (source: string) => runInContext(source, page) as unknown;
  run(`(${whatsAppShim.toString()})()`);
  run(
    `var require = (name) => { const found = (${modules})[name]; if (!found) throw new Error(name); return found; }`,
  );
  return { run, warnings, json: (source: string) => JSON.parse(run(`JSON.stringify(${source})`) as string) };
}

const NEW_KEY = `{ WAWebMsgKey: globalThis.MsgKey ??= class {
  constructor(id) { this.fromMe = false; this.id = id; this.$1 = 'false_' + id; }
  toString() { return this.$1; }
} }`;
const OLD_KEY = NEW_KEY.replaceAll('$1', '_serialized');

const LIBRARY = `
  globalThis.WWebJS = {};
  WWebJS.getMessageModel = (message) => ({ ...message, id: Object.assign({}, message.id) });
  WWebJS.getChatModel = async (chat) => ({ ...chat });
  WWebJS.processMediaData = async (media) => media;
`;

test('what the library does not touch is not there before the library is', () => {
  const { run, warnings } = pageWith(NEW_KEY);
  expect(run('typeof WWebJS')).toBe('undefined');
  run(LIBRARY);
  expect(run('typeof WWebJS.getMessageModel')).toBe('function');
  expect(warnings).toEqual([]);
});

test('a key without a text of its own name gets one: in the page, in an event, and in what is copied', async () => {
  const { run, json } = pageWith(NEW_KEY);
  run(LIBRARY);
  run(`var key = new (require('WAWebMsgKey'))('3EB0')`);
  expect(run('key._serialized')).toBe('false_3EB0');
  expect(json('{ key }')).toMatchObject({ key: { id: '3EB0', _serialized: 'false_3EB0' } });
  const own = `({ ...WWebJS.getMessageModel({ id: key, protocolMessageKey: key }) })`;
  for (const name of ['id', 'protocolMessageKey'])
    expect(run(`Object.entries(${own}.${name}).join()`)).toMatch(/_serialized,false_3EB0/);
  await run('WWebJS.getChatModel({ lastReceivedKey: key }).then((chat) => { globalThis.chat = chat; })');
  expect(run('Object.keys(chat.lastReceivedKey).includes("_serialized")')).toBe(true);
});

test('keys that were there before are mended as well', () => {
  const { run } = pageWith(NEW_KEY);
  run(`var key = new (require('WAWebMsgKey'))('3EB0')`);
  expect(run('key._serialized')).toBeUndefined();
  run(LIBRARY);
  expect(run('key._serialized')).toBe('false_3EB0');
});

test('the own id of a file stays, and is copied no more', async () => {
  const { run } = pageWith(NEW_KEY);
  run(LIBRARY);
  await run('WWebJS.processMediaData({ __x_id: 7, type: "image" }).then((it) => { globalThis.media = it; })');
  expect(run('media.__x_id')).toBe(7);
  expect(run('Object.keys(media).join()')).toBe('type');
});

test('a page that needs no mending is left as it is', () => {
  const { run, warnings } = pageWith(OLD_KEY);
  run(LIBRARY);
  run(`var key = new (require('WAWebMsgKey'))('3EB0')`);
  expect(run('Object.getOwnPropertyNames(Object.getPrototypeOf(key)).join()')).toBe('constructor,toString');
  expect(run('WWebJS.getMessageModel({ id: key }).id._serialized')).toBe('false_3EB0');
  expect(warnings).toEqual([]);
});

test('where it cannot mend, the library works as it did, and the page says so', () => {
  const { run, warnings } = pageWith('{}');
  run(LIBRARY);
  expect(run('WWebJS.getMessageModel({ id: { id: 1 } }).id.id')).toBe(1);
  expect(warnings).toEqual([expect.stringMatching(/could not be mended/)]);
});
