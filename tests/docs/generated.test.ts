import { expect, test } from '@jest/globals';
import { fill } from '../../scripts/docs/fill.js';

const place = (name: string, content: string) =>
  `<!-- generated: ${name} -->\n${content}<!-- end: ${name} -->\n`;

test('a place gets what there is for it, and the text around stays', () => {
  const text = `before\n${place('fields', 'old\n')}after\n`;
  const result = fill(text, () => 'new $& $1\n');
  expect(result).toEqual({ filled: `before\n${place('fields', 'new $& $1\n')}after\n`, changed: ['fields'] });
});

test('a place that fits already is not counted as changed', () => {
  const text = `${place('fields', 'same\n')}${place('actions', '')}`;
  expect(fill(text, (name) => (name === 'fields' ? 'same\n' : 'new\n')).changed).toEqual(['actions']);
});

test('a place that nothing is there for is an error', () => {
  expect(() => fill(place('fieds', ''), () => undefined)).toThrow(
    'there is nothing to put at "generated: fieds"',
  );
});

test('a place that is never closed is an error', () => {
  expect(() => fill('<!-- generated: fields -->\nrows\n', () => 'rows\n')).toThrow('is not followed by');
});
