import type { Attachment, Outgoing } from '../../gateway.js';

/** Files that are text, as the commands make them. */
const IS_TEXT = /^(?:text\/|application\/(?:json|x-ndjson|xml)\b)/;

/**
 * Whether a message that waits to be sent speaks of somebody. A picture, or a file that is no text, may: who is in it
 * cannot be read here, and it is easily asked for again.
 */
export function speaksOf(message: Outgoing, isAbout: (text: string) => boolean): boolean {
  const { text, document, picture, quotes } = message;
  const isIn = ({ name, mime, bytes }: Attachment): boolean =>
    isAbout(name) || !IS_TEXT.test(mime) || isAbout(bytes.toString('utf8'));
  return (
    (text !== undefined && isAbout(text)) ||
    (quotes !== undefined && isAbout(quotes)) ||
    (document !== undefined && isIn(document)) ||
    (picture !== undefined && isIn(picture))
  );
}
