import type { Address } from '../access/address.js';
import type { Attachment } from './gateway.js';
import type { Text } from './text.js';

/** What a handler answers. It never sees the gateway; the router sends this where it belongs. */
export interface Reply {
  readonly text?: Text | undefined;
  readonly document?: Attachment | undefined;
  readonly picture?: Attachment | undefined;
  readonly reaction?: string | undefined;
  /** Not for a group: it goes to the direct chat of who asked, and the group reads where it went. */
  readonly isPrivate?: boolean | undefined;
  /** How many rows of the record were shown; stands in the event about it. */
  readonly rows?: number | undefined;
  /** Others who are told, each in their direct chat. */
  readonly tell?: readonly { readonly to: Address; readonly text: Text }[] | undefined;
}
