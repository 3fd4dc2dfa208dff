import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CannotJudge, judge } from '../../../scripts/verify-bundle.mjs';
import { parseVerifierKey, verifyFile } from '../../../src/index.js';
import { tempFolder } from '../../support/tempFolder.js';

export interface Both {
  first: string;
  second: string;
}

const folder = tempFolder();

/** What both verifiers say of a file: verdict and exit status, and what must be the same with them, as one text. */
export async function bothVerdicts(
  content: Buffer,
  vkeys: readonly string[],
  checkpoints: readonly string[] = [],
): Promise<Both> {
  return {
    first: await firstVerdict(content, vkeys, checkpoints),
    second: await secondVerdict(content, vkeys, checkpoints),
  };
}

async function firstVerdict(
  content: Buffer,
  vkeys: readonly string[],
  checkpoints: readonly string[],
): Promise<string> {
  // The command line refuses a file without a signature before it asks for a verdict.
  if (checkpoints.some((note) => !/^— /m.test(note))) return 'status 2';
  let uncompared = 0;
  try {
    const verdict = await verifyFile([content[0] === 0x1f ? gunzipSync(content) : content], {
      keys: vkeys.map(parseVerifierKey),
      checkpoints,
      onUncompared: (count) => {
        uncompared = count;
      },
      now: 0,
    });
    return summary(verdict, verdict.isValid ? (uncompared > 0 ? 2 : 0) : 1);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'UNREADABLE_FILE') return 'status 2';
    throw error;
  }
}

async function secondVerdict(
  content: Buffer,
  vkeys: readonly string[],
  checkpoints: readonly string[],
): Promise<string> {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const kept = checkpoints.map((note, index) => {
    const file = join(folder, `checkpoint-${index}`);
    writeFileSync(file, note);
    return file;
  });
  try {
    const { status, verdict } = await judge([path], { vkeys, checkpoints: kept });
    return summary(verdict, status);
  } catch (error) {
    if (error instanceof CannotJudge) return 'status 2';
    throw error;
  }
}

interface Summed {
  verdict: string;
  from: number;
  to: number;
  covered: number;
  totalRecords: number;
  erased: number;
  gaps: readonly object[];
  altered: readonly { seq: number }[];
  root: string | null;
  notes: readonly string[];
}

/** Below a bad verdict some members are a matter of taste; the verdict and the status are not. */
function summary(verdict: Summed, status: number): string {
  const { from, to, covered, totalRecords, erased, root } = verdict;
  const isValid = status !== 1;
  const about = [`${verdict.verdict}, status ${status}`];
  if (verdict.verdict !== 'altered') about.push(`${from}-${to}`);
  if (isValid)
    about.push(JSON.stringify({ covered, totalRecords, erased, root, silent: silentDays(verdict.notes) }));
  if (verdict.verdict === 'missing') about.push(JSON.stringify(verdict.gaps));
  return about.join(' ');
}

/** The days without a heartbeat that the notes of a verdict name, whatever the sentence around them. */
export function silentDays(notes: readonly string[]): string[] {
  const [sentence = ''] = notes.filter((note) => /heartbeat/i.test(note));
  return sentence.match(/\d{4}-\d\d-\d\d(?: to \d{4}-\d\d-\d\d)?/g) ?? [];
}
