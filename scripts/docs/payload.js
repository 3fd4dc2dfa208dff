import { z } from 'zod';
import { code } from './markdown.js';

const WORDS = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  null: 'null',
};

/** The members of a payload in words, from its zod schema: `` `oldRole` text · `reason`? text ``. */
export function payloadInWords(payload) {
  const { properties = {}, required = [] } = z.toJSONSchema(payload, { io: 'input', unrepresentable: 'any' });
  const members = Object.entries(properties).map(([name, schema]) => {
    return `${code(name)}${required.includes(name) ? '' : '?'} ${typeInWords(schema)}`;
  });
  return members.length === 0 ? 'nothing' : members.join(' · ');
}

function typeInWords(schema) {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.anyOf !== undefined) {
    return isPerson(schema.anyOf) ? 'person' : schema.anyOf.map(typeInWords).join(' or ');
  }
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(typeInWords).join(', ')}]`;
  if (schema.type === 'array') return `list of ${typeInWords(schema.items)}`;
  if (schema.type === 'object')
    return `{ ${Object.keys(schema.properties ?? {})
      .map(code)
      .join(', ')} }`;
  const types = [schema.type ?? 'anything'].flat();
  return types.map((type) => WORDS[type] ?? type).join(' or ');
}

/** What the catalogue calls a person: an address or id as text, or an object that says more. */
function isPerson(choices) {
  return choices.some(({ type }) => type === 'string') && choices.some(({ properties }) => properties?.phone);
}
