/**
 * What outlives the page: the link to the phone, messages, what people are called. In the profile's IndexedDB, and
 * flushed at once, so that a killed browser loses no message that it said was sent.
 */
const STORES = ['facts', 'messages', 'sent'];

let database;

export async function openStorage() {
  const request = indexedDB.open('site', 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('facts');
    request.result.createObjectStore('messages');
    request.result.createObjectStore('sent', { autoIncrement: true });
  };
  database = await settled(request);
}

export async function save(store, value, key) {
  const transaction = database.transaction(store, 'readwrite', { durability: 'strict' });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
  transaction.objectStore(store).put(value, key);
  await done;
}

export async function readAll(store) {
  return settled(database.transaction(store).objectStore(store).getAll());
}

export async function readFact(name) {
  return settled(database.transaction('facts').objectStore('facts').get(name));
}

export async function forgetAll() {
  const transaction = database.transaction(STORES, 'readwrite', { durability: 'strict' });
  const done = new Promise((resolve) => {
    transaction.oncomplete = () => resolve();
  });
  for (const store of STORES) transaction.objectStore(store).clear();
  await done;
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
