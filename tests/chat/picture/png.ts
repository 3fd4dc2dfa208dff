import { inflateSync } from 'node:zlib';

export interface Png {
  width: number;
  height: number;
  /** The colour at a place, as `#rrggbb`. */
  at(x: number, y: number): string;
  /** Every colour there is, with how many pixels have it. */
  colours: Map<string, number>;
}

/** Reads a PNG of eight bits a channel, with or without alpha, as the renderer writes them. */
export function readPng(bytes: Buffer): Png {
  if (bytes.toString('latin1', 1, 4) !== 'PNG') throw new Error('no PNG');
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const channels = { 2: 3, 6: 4 }[bytes[25]!];
  if (bytes[24] !== 8 || channels === undefined || bytes[28] !== 0) throw new Error('another kind of PNG');
  const data: Buffer[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const pixels = unfiltered(inflateSync(Buffer.concat(data)), width * channels, height, channels);
  const at = (x: number, y: number) => {
    const from = (y * width + x) * channels;
    return `#${pixels.toString('hex', from, from + 3)}`;
  };
  const counts = new Map<number, number>();
  for (let from = 0; from < pixels.length; from += channels) {
    const colour = pixels.readUIntBE(from, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = new Map(
    [...counts].map(([colour, count]) => [`#${colour.toString(16).padStart(6, '0')}`, count]),
  );
  return { width, height, at, colours };
}

/** Each row says how it is told from the one above and from what is left of it. */
function unfiltered(raw: Buffer, stride: number, height: number, channels: number): Buffer {
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]!;
    for (let i = 0; i < stride; i++) {
      const value = raw[y * (stride + 1) + 1 + i]!;
      const left = i < channels ? 0 : out[y * stride + i - channels]!;
      const up = y === 0 ? 0 : out[(y - 1) * stride + i]!;
      const corner = y === 0 || i < channels ? 0 : out[(y - 1) * stride + i - channels]!;
      out[y * stride + i] = value + guessed(filter, left, up, corner);
    }
  }
  return out;
}

function guessed(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  return filter === 3 ? (left + up) >> 1 : paeth(left, up, corner);
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const toLeft = Math.abs(guess - left);
  const toUp = Math.abs(guess - up);
  const toCorner = Math.abs(guess - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
