import { expect, test } from '@jest/globals';
import { byteSizeFrom } from '../../src/config/byteSize.js';

test.each([
  ['0', 0],
  ['65536', 65_536],
  ['100B', 100],
  ['64KiB', 65_536],
  ['64 mib', 67_108_864],
  ['1.5GiB', 1_610_612_736],
  ['2kB', 2_000],
  ['3MB', 3_000_000],
  ['1GB', 1_000_000_000],
])('%s is %d bytes', (text, bytes) => {
  expect(byteSizeFrom(text)).toBe(bytes);
});

test.each(['', '-1', '1.3', '1e9', 'MiB', '64 M', '64Mib ps', '9007199254740993', '1_000'])(
  '%j is no size',
  (text) => {
    expect(byteSizeFrom(text)).toBeNull();
  },
);
