/**
 * What an erasure came to, in a form that can be handed to whoever asked for it: a text for people, signed by the
 * ledger's key, and the same as data. It names nobody; whoever gets it knows who it was about.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../ledger/json.js';
import { openNote, signNote, type VerifierKey } from '../../ledger/note.js';
import type { Ranges } from '../../ledger/ranges.js';
import { rangesText } from '../../ledger/statement.js';
import type { SigningKey } from '../../signing/key.js';
import type { Left } from './holder.js';

const FORMAT = 'reeve-certificate/1';

/** An erasure as a certificate tells it. Integers and strings only. */
export interface CertificateFacts {
  readonly origin: string;
  /** The numbers of the SUBJECT_ERASED entries; none where the record spoke of them nowhere. */
  readonly cases: readonly number[];
  readonly startedAt: number;
  readonly finishedAt: number;
  /** By which way it was ordered, and in which role. */
  readonly orderedBy: { readonly channel: string; readonly role: string | null };
  readonly entries: { readonly count: number; readonly actor: Ranges; readonly rest: Ranges };
  readonly reached: readonly { readonly what: string; readonly count: number }[];
  readonly notReached: readonly Left[];
  /** A signed checkpoint of the ledger that covers the last of these entries. */
  readonly checkpoint: { readonly size: number; readonly root: string };
}

export interface Certificate {
  readonly facts: CertificateFacts;
  /** For people: a signed note. */
  readonly text: string;
  /** For programs: the facts and the note that vouches for them. */
  readonly json: string;
}

export function makeCertificate(facts: CertificateFacts, key: SigningKey): Certificate {
  const data = canonicalJson({ format: FORMAT, ...facts });
  const note = signNote(certificateText(facts, digestOf(data)), [
    { name: facts.origin, privateKey: key.privateKey },
  ]);
  return { facts, text: note, json: `${canonicalJson({ format: FORMAT, ...facts, note })}\n` };
}

/** The facts of a certificate that one of the keys has signed, from its data; null where none has. */
export function openCertificate(json: string, keys: readonly VerifierKey[]): CertificateFacts | null {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || parsed.format !== FORMAT) return null;
  const { note, ...data } = parsed;
  const { format: _, ...facts } = data;
  if (typeof note !== 'string' || typeof facts.origin !== 'string') return null;
  const opened = openNote(note, keys);
  if (opened === null || !opened.signedBy.some(({ name }) => name === facts.origin)) return null;
  const digest = digestOf(canonicalJson(data));
  try {
    const expected = certificateText(facts as unknown as CertificateFacts, digest);
    return opened.text === expected ? (facts as unknown as CertificateFacts) : null;
  } catch {
    return null;
  }
}

/** The text of a certificate that one of the keys has signed; null where it is none, or none has. */
export function openCertificateText(note: string, keys: readonly VerifierKey[]): string | null {
  const opened = openNote(note, keys);
  const name = /^(.+)\/certificate\nCertificate of erasure\n/.exec(opened?.text ?? '')?.[1];
  return opened?.signedBy.some((key) => key.name === name) ? opened.text : null;
}

const digestOf = (data: string): string => createHash('sha256').update(data).digest('hex');

function certificateText(facts: CertificateFacts, digest: string): string {
  const { origin, cases, entries, reached, notReached, checkpoint, orderedBy } = facts;
  const { actor, rest, count } = entries;
  const what =
    count === 0
      ? 'No entry of the record spoke of them.'
      : `From ${count} ${count === 1 ? 'entry' : 'entries'} of the record who it was, or what it was about, is gone for good.`;
  const lines = [
    `${origin}/certificate`,
    'Certificate of erasure',
    '',
    `A person was erased from the records of ${origin}.`,
    `Begun ${instant(facts.startedAt)}, finished ${instant(facts.finishedAt)}.`,
    `Ordered by ${orderedBy.role === null ? 'the operator' : `the role ${orderedBy.role}`}, by way of ${orderedBy.channel}.`,
    '',
    what,
    ...(cases.length === 0
      ? []
      : [`The record says so itself, as ${cases.map((number) => `#${number}`).join(', ')}.`]),
    ...(count === 0 ? [] : [`Who acted: ${rangesText(actor)}`, `What it was about: ${rangesText(rest)}`]),
    'That something happened, when, and which action it was stays, so that the proof of the whole stays.',
    '',
    'Reached:',
    ...listed(reached.map((one) => `${one.what}: ${one.count}`)),
    '',
    'Not reached:',
    ...listed(notReached.map((one) => `${one.what}: ${one.why}`)),
    '',
    `Signed checkpoint: size ${checkpoint.size}, root ${checkpoint.root}`,
    `SHA-256 of the data: ${digest}`,
  ];
  return `${lines.join('\n')}\n`;
}

const listed = (lines: readonly string[]): string[] =>
  lines.length === 0 ? ['- nothing'] : lines.map((line) => `- ${line}`);

const instant = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
