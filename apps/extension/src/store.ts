/** The extension's own small database (IndexedDB): rules, lists, orders and what waits to be sent. */

const names = ['things', 'waiting'] as const
type StoreName = (typeof names)[number]

let opened: Promise<IDBDatabase> | undefined

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open('gatehouse', 1)
    asked.onupgradeneeded = () => {
      for (const name of names) asked.result.createObjectStore(name)
    }
    asked.onsuccess = () => done(asked.result)
    asked.onerror = () => failed(asked.error ?? new Error('The database of the extension cannot be opened'))
  })
  return opened
}

async function ask<T>(
  name: StoreName,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await database()
  return new Promise((done, failed) => {
    const transaction = db.transaction(name, mode)
    const request = work(transaction.objectStore(name))
    transaction.oncomplete = () => done(request.result)
    transaction.onerror = () => failed(transaction.error ?? new Error('The database of the extension failed'))
  })
}

// What comes out was put in by this extension alone, under a name that says what it is.
export const load = <T>(key: string): Promise<T | undefined> => ask('things', 'readonly', store => store.get(key))
export const keep = (key: string, value: unknown): Promise<IDBValidKey> =>
  ask('things', 'readwrite', store => store.put(value, key))

export const waitingKeys = (): Promise<IDBValidKey[]> => ask('waiting', 'readonly', store => store.getAllKeys())
/** In the order of their keys. */
export const waitingAll = <T>(): Promise<T[]> => ask('waiting', 'readonly', store => store.getAll())
export const waitingPut = (key: string, value: unknown): Promise<IDBValidKey> =>
  ask('waiting', 'readwrite', store => store.put(value, key))
export const waitingDelete = (key: IDBValidKey): Promise<undefined> =>
  ask('waiting', 'readwrite', store => store.delete(key))
