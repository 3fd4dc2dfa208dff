// Nothing is downloaded at an installation: the browser is one that the system has. See docs/whatsapp.md.
module.exports = { skipDownload: true };
