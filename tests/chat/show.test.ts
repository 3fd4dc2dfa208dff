import { describe, expect, test } from '@jest/globals';
import type { Person } from '../../src/access/person.js';
import type { Role } from '../../src/access/role.js';
import { shownAddress, shownTo } from '../../src/chat/show.js';

const ana = (role: Role): Person => ({
  id: 'a',
  address: '+12025550100',
  name: 'Ana',
  role,
  isActive: true,
  isListed: true,
});
const bo: Person = { ...ana('USER'), id: 'b', address: '+493023125001', name: '*Bo*\n' };
const direct = (role: Role) => ({ person: ana(role), isGroup: false });
const group = (role: Role) => ({ person: ana(role), isGroup: true });

describe('an address', () => {
  test.each<[string, Role, 'direct' | 'group', string]>([
    ['+493023125001', 'ADMIN', 'direct', '+493023125001'],
    ['+493023125001', 'OWNER', 'direct', '+493023125001'],
    ['+493023125001', 'OPERATOR', 'direct', '+49•••••001'],
    ['+493023125001', 'OWNER', 'group', '+49•••••001'],
    ['+12025550101', 'USER', 'direct', '+1•••••101'],
    ['+12025550100', 'USER', 'direct', '+12025550100'],
    ['+12025550100', 'USER', 'group', '+1•••••100'],
    ['lid:123456789', 'OWNER', 'group', 'lid:•••••789'],
    ['lid:123456789', 'ADMIN', 'direct', 'lid:123456789'],
    ['console:local', 'USER', 'group', 'the local user'],
    ['SYSTEM', 'USER', 'group', 'Reeve'],
    ['+999', 'USER', 'group', '+•••••'],
  ])('%s is shown to %s in a %s chat as %s', (address, role, where, shown) => {
    expect(shownAddress(address, where === 'group' ? group(role) : direct(role))).toBe(shown);
  });
});

describe('somebody', () => {
  test('is shown by name and number, and the name formats nothing', () => {
    expect(String(shownTo(group('ADMIN'))(bo))).toBe('*∗Bo∗* (+49•••••001)');
    expect(String(shownTo(direct('ADMIN'))(bo))).toBe('*∗Bo∗* (+493023125001)');
  });

  test('without a name is shown by number', () => {
    expect(String(shownTo(group('ADMIN'))({ ...bo, name: null }))).toBe('+49•••••001');
    expect(String(shownTo(group('ADMIN'))('+493023125001'))).toBe('+49•••••001');
  });
});
