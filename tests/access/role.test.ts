import { expect, test } from '@jest/globals';
import { above, below, isAtLeast, ROLES, roleNamed } from '../../src/access/role.js';

test('each role may do what those before it may, and nothing of those after it', () => {
  ROLES.forEach((role, rank) => {
    expect(ROLES.map((least) => isAtLeast(role, least))).toEqual(ROLES.map((_, other) => other <= rank));
  });
});

test('one step up and one step down, up to the ends', () => {
  expect(ROLES.map(above)).toEqual(['OPERATOR', 'ADMIN', 'OWNER', null]);
  expect(ROLES.map(below)).toEqual([null, 'USER', 'OPERATOR', 'ADMIN']);
});

test('a role is known by its name in any case, and nothing else is one', () => {
  expect(['admin', 'Owner', 'USER'].map(roleNamed)).toEqual(['ADMIN', 'OWNER', 'USER']);
  expect(['', 'root', 'admin ', 'ADMINS', 'constructor'].map(roleNamed)).toEqual(Array(5).fill(null));
});
