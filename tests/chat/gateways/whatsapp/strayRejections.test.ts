import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { catchStrayRejections } from '../../../../src/chat/gateways/whatsapp/strayRejections.js';

function open() {
  const from = new EventEmitter();
  const strays: unknown[] = [];
  const stop = catchStrayRejections((reason) => strays.push(reason), from as unknown as NodeJS.Process);
  return { from, strays, stop, reject: (reason: unknown) => from.emit('unhandledRejection', reason) };
}

test("the library's rejections are caught, texts as well as errors", () => {
  const { strays, reject } = open();
  const error = new Error('Target closed');
  error.stack = 'Error: Target closed\n    at Page (/app/node_modules/puppeteer-core/lib/Page.js:1:1)';
  reject('auth timeout');
  reject('ready timeout');
  reject(error);
  expect(strays).toEqual(['auth timeout', 'ready timeout', error]);
});

test('every other one ends the process as ever, unless somebody else takes care of it', () => {
  const { from, strays, reject } = open();
  const bug = new Error('a bug');
  expect(() => reject(bug)).toThrow(bug);
  expect(() => reject('another text')).toThrow('another text');
  const others: unknown[] = [];
  from.on('unhandledRejection', (reason) => others.push(reason));
  reject(bug);
  expect({ strays, others }).toEqual({ strays: [], others: [bug] });
});

test('stops when it is told to', () => {
  const { from, stop } = open();
  stop();
  expect(from.listenerCount('unhandledRejection')).toBe(0);
});
