import { define } from './modules.js';
import { OPTIONS } from './options.js';

/** Files on their way out: prepared, uploaded, and then known to the message by their hash alone. */
class OpaqueData {
  constructor(blob) {
    this.blob = blob;
  }

  static async createFromData(blob) {
    return new OpaqueData(blob);
  }

  url() {
    return `blob:${location.origin}/${this.blob.size}`;
  }

  formData() {
    return this.blob;
  }

  autorelease() {}
}

class MediaData {
  constructor(attributes) {
    Object.assign(this, attributes);
    // Since September 2026 the model carries an id of its own, which is nothing yet and can be enumerated.
    if (OPTIONS.shape !== 'classic') this.__x_id = undefined;
  }

  set(attributes) {
    Object.assign(this, attributes);
  }

  toJSON() {
    const { type, mimetype, filename, filehash, size, isGif } = this;
    return { type, mimetype, filename, filehash, size, isGif };
  }
}

class MediaObject {
  constructor(filehash) {
    this.filehash = filehash;
    this.contentInfo = {};
  }

  consolidate({ type, size }) {
    this.type = type;
    this.size = size;
  }
}

const prepared = new Map();
const uploaded = new Map();

/** The file behind a message's hash, as whoever gets the message would download it. */
export async function uploadedFile(filehash) {
  const file = uploaded.get(filehash);
  if (file === undefined) return undefined;
  const data = await new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.readAsDataURL(file);
  });
  return { name: file.name, mime: file.type, data };
}

async function hashOf(blob) {
  const hash = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}

function kindOf(mime, { asDocument }) {
  const kind = mime.split('/')[0];
  return !asDocument && ['image', 'video', 'audio'].includes(kind) ? kind : 'document';
}

define('WAWebMediaOpaqueData', OpaqueData);
define('WAWebPrepRawMedia', {
  prepRawMedia: (opaque, params) => ({
    async waitForPrep() {
      const file = opaque.blob;
      const filehash = await hashOf(file);
      prepared.set(filehash, file);
      return new MediaData({
        type: kindOf(file.type, params),
        mimetype: file.type,
        filename: file.name,
        size: file.size,
        isGif: false,
        mediaBlob: opaque,
        preview: '',
        filehash,
      });
    },
  }),
});
define('WAWebMediaStorage', { getOrCreateMediaObject: (filehash) => new MediaObject(filehash) });
define('WAWebMmsMediaTypes', { msgToMediaType: ({ type }) => type, castToV4: (type) => type });
define('WAWebMediaDataUtils', { shouldUseMediaCache: () => true });
define('WAWebMediaInMemoryBlobCache', { InMemoryMediaBlobCache: { put: () => undefined } });
define('WAWebMediaMmsV4Upload', {
  async uploadMedia({ mediaObject: { filehash } }) {
    uploaded.set(filehash, prepared.get(filehash));
    const directPath = `/v/${filehash}`;
    return {
      mediaEntry: {
        mmsUrl: `https://mmg.whatsapp.net${directPath}`,
        deprecatedMms3Url: `https://mmg.whatsapp.net${directPath}`,
        directPath,
        mediaKey: 'a2V5',
        mediaKeyTimestamp: Math.floor(Date.now() / 1000),
        encFilehash: filehash,
        uploadHash: filehash,
      },
    };
  },
});
