/**
 * How this copy of the page is to behave; `openSite` writes it into the HTML.
 *
 * @type {{
 *   version: string,
 *   shape: 'classic' | '2026-09',
 *   ids: 'objects' | 'strings',
 *   sync: 'at once' | 'held',
 *   own: { phone: string | null, lid: string | null, name: string },
 *   pairingCode: string,
 * }}
 */
export const OPTIONS = JSON.parse(document.getElementById('options').textContent);
