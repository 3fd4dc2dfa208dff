import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Person } from '../../src/access/person.js';
import { isAtLeast, ROLES, type Role } from '../../src/access/role.js';
import { activationRefusal, roleChangeRefusal, whitelistRefusal } from '../../src/access/rules.js';

const ANA = '+12025550100';
const BO = '+12025550101';

function person(address: string, role: Role, more: Partial<Person> = {}): Person {
  return { id: `id of ${address}`, address, name: null, role, isActive: true, isListed: false, ...more };
}

/** Who may make whom what: the rule that refuses, where one does. */
const change = (actor: Role, target: Role, newRole: Role, activeOwners = 2) =>
  roleChangeRefusal({ actor: person(ANA, actor), target: person(BO, target), newRole, activeOwners })?.rule;

const oneself = (role: Role, newRole: Role, activeOwners = 2) => {
  const self = person(ANA, role);
  return roleChangeRefusal({ actor: self, target: self, newRole, activeOwners })?.rule;
};

describe('changing a role', () => {
  test('an ADMIN makes OPERATORs of USERs, and USERs of OPERATORs', () => {
    expect(change('ADMIN', 'USER', 'OPERATOR')).toBeUndefined();
    expect(change('ADMIN', 'OPERATOR', 'USER')).toBeUndefined();
  });

  test('only an OWNER makes ADMINs and OWNERs', () => {
    for (const newRole of ['ADMIN', 'OWNER'] as const) {
      expect(change('ADMIN', 'USER', newRole)).toBe('only-owners-make');
      expect(change('OWNER', 'USER', newRole)).toBeUndefined();
    }
  });

  test('an ADMIN acts on no ADMIN and no OWNER; an OWNER acts on all', () => {
    for (const target of ['ADMIN', 'OWNER'] as const) {
      expect(change('ADMIN', target, 'USER')).toBe('equal-or-higher');
      expect(change('OWNER', target, 'USER')).toBeUndefined();
    }
  });

  test('a USER and an OPERATOR change nobody', () => {
    for (const actor of ['USER', 'OPERATOR'] as const)
      for (const target of ROLES)
        for (const newRole of ROLES) expect(change(actor, target, newRole)).toBe('role');
  });

  test('nobody raises their own role, and only an OWNER steps down', () => {
    expect(oneself('ADMIN', 'OWNER')).toBe('own-role');
    expect(oneself('ADMIN', 'USER')).toBe('own-role');
    expect(oneself('OWNER', 'ADMIN')).toBeUndefined();
  });

  test('the last active OWNER stays OWNER, whoever asks', () => {
    expect(oneself('OWNER', 'ADMIN', 1)).toBe('last-owner');
    const last = { target: person(BO, 'OWNER'), newRole: 'ADMIN', activeOwners: 1 } as const;
    expect(roleChangeRefusal({ actor: null, ...last })?.rule).toBe('last-owner');
  });

  test('a deactivated OWNER is not the last active one', () => {
    const target = person(BO, 'OWNER', { isActive: false });
    const actor = person(ANA, 'OWNER');
    expect(roleChangeRefusal({ actor, target, newRole: 'USER', activeOwners: 1 })).toBeNull();
  });

  test('a LID of an unknown phone gets no role, not even from an OWNER or from the configuration', () => {
    for (const actor of [person(ANA, 'OWNER'), null]) {
      const target = person('lid:100200300', 'USER');
      const refusal = roleChangeRefusal({ actor, target, newRole: 'OPERATOR', activeOwners: 2 });
      expect(refusal?.rule).toBe('unresolved-lid');
      expect(refusal?.whoCould).toMatch(/link/);
    }
  });

  test('a refusal says who could, and holds no number', () => {
    const refusal = roleChangeRefusal({
      actor: person(ANA, 'ADMIN', { name: 'Ana' }),
      target: person(BO, 'OWNER', { name: 'Bo' }),
      newRole: 'USER',
      activeOwners: 2,
    });
    expect(refusal?.whoCould).toBe('An OWNER can do it.');
    expect(`${refusal?.message} ${refusal?.whoCould}`).not.toMatch(/2025550|Ana|Bo\b/);
  });
});

describe('switching somebody off and on', () => {
  const activation = (actor: Role, target: Role, active: boolean, activeOwners = 2) =>
    activationRefusal({ actor: person(ANA, actor), target: person(BO, target), active, activeOwners })?.rule;

  test('is for ADMINs and above, and for those below them', () => {
    expect(activation('OPERATOR', 'USER', false)).toBe('role');
    expect(activation('ADMIN', 'OPERATOR', false)).toBeUndefined();
    expect(activation('ADMIN', 'ADMIN', false)).toBe('equal-or-higher');
    expect(activation('ADMIN', 'OWNER', true)).toBe('equal-or-higher');
    expect(activation('OWNER', 'OWNER', false)).toBeUndefined();
  });

  test('never reaches the last active OWNER', () => {
    expect(activation('OWNER', 'OWNER', false, 1)).toBe('last-owner');
    expect(activation('OWNER', 'OWNER', true, 1)).toBeUndefined();
  });

  test('an ADMIN does not switch themselves off', () => {
    const self = person(ANA, 'ADMIN');
    const refusal = activationRefusal({ actor: self, target: self, active: false, activeOwners: 2 });
    expect(refusal?.rule).toBe('own-role');
  });
});

describe('the whitelist', () => {
  test('an ADMIN adds anybody and takes off whoever is below them, or themselves', () => {
    const admin = person(ANA, 'ADMIN');
    expect(whitelistRefusal(admin, person(BO, 'OWNER'), true)).toBeNull();
    expect(whitelistRefusal(admin, person(BO, 'OPERATOR'), false)).toBeNull();
    expect(whitelistRefusal(admin, person(BO, 'ADMIN'), false)?.rule).toBe('equal-or-higher');
    expect(whitelistRefusal(admin, admin, false)).toBeNull();
    expect(whitelistRefusal(person(ANA, 'OPERATOR'), person(BO, 'USER'), true)?.rule).toBe('role');
  });
});

/** Some people with roles, and things that they try, in turn. */
const SIZE = 5;
const index = fc.nat(SIZE - 1);
const attempt = fc.oneof(
  fc.record({ actor: index, target: index, newRole: fc.constantFrom(...ROLES) }),
  fc.record({ actor: index, target: index, active: fc.boolean() }),
);
const cast = fc.array(fc.tuple(fc.constantFrom(...ROLES), fc.boolean()), {
  minLength: SIZE,
  maxLength: SIZE,
});

test('whatever is tried: nobody acts on an equal or higher role except OWNERs, and an OWNER is always left', () => {
  fc.assert(
    fc.property(cast, fc.array(attempt, { maxLength: 60 }), (roles, attempts) => {
      const people = roles.map(([role, isActive], at) => person(`+1202555010${at}`, role, { isActive }));
      people[0] = person(people[0]!.address, 'OWNER');
      for (const what of attempts) {
        const [actor, target] = [people[what.actor]!, people[what.target]!];
        const activeOwners = people.filter(({ role, isActive }) => role === 'OWNER' && isActive).length;
        const asked = { actor, target, activeOwners };
        const refusal =
          'newRole' in what
            ? roleChangeRefusal({ ...asked, newRole: what.newRole })
            : activationRefusal({ ...asked, active: what.active });
        if (refusal !== null) continue;
        expect(actor.isActive).toBe(true);
        expect(isAtLeast(actor.role, 'ADMIN')).toBe(true);
        if (actor.role !== 'OWNER') {
          expect(isAtLeast(target.role, actor.role)).toBe(false);
          if ('newRole' in what) expect(isAtLeast(what.newRole, actor.role)).toBe(false);
        }
        const { address, role, isActive } = target;
        people[what.target] =
          'newRole' in what
            ? person(address, what.newRole, { isActive })
            : person(address, role, { isActive: what.active });
        expect(people.some((one) => one.role === 'OWNER' && one.isActive)).toBe(true);
      }
    }),
    { seed: 33, numRuns: 400 },
  );
});
