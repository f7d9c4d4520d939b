// Conversations in the browser's database (IndexedDB), pictures included, within a limit.

/** The most bytes that all conversations together may take. */
export const limit = 256 * 1024 * 1024;

/** Thrown when a conversation does not fit any more. */
export class StorageFull extends Error {}

/** The kept conversations. The list of titles is apart from the contents, so that it opens fast. */
export class Storage {
  #database;

  /** Opens the database, which is made when it is missing. @returns {Promise<Storage>} */
  static async open() {
    const request = indexedDB.open("r1-conversations", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("titles", { keyPath: "id" });
      request.result.createObjectStore("contents", { keyPath: "id" });
    };
    const storage = new Storage();
    storage.#database = await result(request);
    return storage;
  }

  /** All titles, the latest first. @returns {Promise<{id: string, title: string, updated: number, bytes: number}[]>} */
  async titles() {
    const titles = await result(this.#database.transaction("titles").objectStore("titles").getAll());
    return titles.sort((a, b) => b.updated - a.updated);
  }

  /** One conversation, or undefined when it was deleted. */
  async conversation(id) {
    return result(this.#database.transaction("contents").objectStore("contents").get(id));
  }

  /** Adds or replaces a conversation. @throws {StorageFull} then nothing is changed */
  async keep(conversation) {
    const bytes = sizeOf(conversation);
    const transaction = this.#database.transaction(["titles", "contents"], "readwrite");
    const titles = transaction.objectStore("titles");
    const others = (await result(titles.getAll())).filter((entry) => entry.id !== conversation.id);
    if (others.reduce((sum, entry) => sum + entry.bytes, bytes) > limit) throw new StorageFull();
    const { id, title, updated } = conversation;
    titles.put({ id, title, updated, bytes });
    transaction.objectStore("contents").put(conversation);
    try {
      await finished(transaction);
    } catch (error) {
      if (error?.name === "QuotaExceededError") throw new StorageFull();
      throw error;
    }
  }

  async remove(id) {
    const transaction = this.#database.transaction(["titles", "contents"], "readwrite");
    transaction.objectStore("titles").delete(id);
    transaction.objectStore("contents").delete(id);
    await finished(transaction);
  }
}

/** About the bytes that a conversation takes: its pictures and texts. */
function sizeOf(conversation) {
  return JSON.stringify(conversation).length;
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
}
