import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Account } from '../../../../src/chat/gateways/whatsapp/account.js';
import { tempFolder } from '../../../support/tempFolder.js';

const open = () => {
  const path = join(tempFolder(), 'whatsapp', 'account.json');
  return { path, account: () => new Account(path) };
};

test('the first number is no change, the same is none, another is one', () => {
  const { path, account } = open();
  expect(account().isLinked).toBe(false);
  expect(account().became('+12025550100')).toBe(false);
  expect(account().became('+12025550100')).toBe(false);
  expect(account().isLinked).toBe(true);
  expect(account().became('+12025550101')).toBe(true);
  expect(account().became('+12025550101')).toBe(false);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test('a LID after a phone contradicts nothing, and digits of one kind are never those of the other', () => {
  const { account } = open();
  account().became('+12025550100');
  expect(account().became('lid:12025550199')).toBe(false);
  expect(account().became('+12025550100')).toBe(false);
  expect(account().became('lid:12025550198')).toBe(true);
  expect(account().became(null)).toBe(false);
});

test('unlinked, the number is still known: the next link may be to another one', () => {
  const { account } = open();
  account().became('+12025550100');
  account().unlinked();
  expect(account().isLinked).toBe(false);
  expect(account().became('+12025550101')).toBe(true);
});

test('a file that cannot be read counts as none', () => {
  const { path, account } = open();
  account().unlinked();
  writeFileSync(path, '{"isLinked": "perhaps"}');
  expect(account().isLinked).toBe(false);
});
