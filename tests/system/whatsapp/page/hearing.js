/** What the library exposes for messages; each returns once it was handled in Node. */
const HANDLERS = [
  'onAddMessageEvent',
  'onAddMessageCiphertextEvent',
  'onChangeMessageEvent',
  'onChangeMessageTypeEvent',
  'onEditMessageEvent',
];

const heard = [];

/** Does something and waits until the library's handlers in Node have had it. */
export async function untilHeard(act) {
  for (const name of HANDLERS) watch(name);
  heard.length = 0;
  act();
  await Promise.all(heard);
}

/** Puppeteer keeps its book of calls on the function that the window has, so the one in its place takes that over. */
function watch(name) {
  const original = window[name];
  if (original === undefined || original.isWatched) return;
  const watched = (...args) => {
    const call = original(...args);
    heard.push(call);
    return call;
  };
  window[name] = Object.assign(watched, original, { isWatched: true });
}
