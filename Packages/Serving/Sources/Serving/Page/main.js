// The page: connects the conversation, the server, the browser's database and the views.
import { limit, Storage, StorageFull } from "./keep/storage.js";
import { exported, imported } from "./keep/transfer.js";
import { Server } from "./talk/api.js";
import { parts } from "./talk/answer.js";
import { boxesInText, serverBoxes, statesBoxes } from "./talk/boxes.js";
import { emptyAnswer, newConversation, picturesOf, request, settled, withAnswer, withEdit, withQuestion } from "./talk/conversation.js";
import { exchange } from "./talk/exchange.js";
import { Composer } from "./view/composer.js";
import { announce, byID, element, icon } from "./view/dom.js";
import { SettingsDialog, watchTheme } from "./view/settings-dialog.js";
import { Sidebar } from "./view/sidebar.js";
import { toast } from "./view/toast.js";
import { TurnsView } from "./view/turns.js";

/** The page and what it shows. */
class Page {
  conversation = newConversation();
  /** Stops the answer that arrives now; null when none does. */
  running = null;

  constructor(storage) {
    this.storage = storage;
    this.dialog = new SettingsDialog(() => this.connect());
    this.server = new Server(() => this.dialog.key);
    this.turns = new TurnsView({
      again: () => this.answer(), openSettings: () => this.dialog.open(), isBusy: () => this.running !== null,
      edit: (index, question, pictures) => this.edit(index, question, pictures),
    });
    this.composer = new Composer({
      send: (question, pictures) => this.ask(question, pictures), stop: () => this.stop(), problem: toast,
      editLast: () => this.turns.editLast(), plan: (picture) => this.tokens(picture),
    });
    this.sidebar = new Sidebar({
      open: (id) => this.open(id), create: () => this.create(), rename: (id, title) => this.rename(id, title),
      remove: (id) => this.remove(id), exportOne: (id) => this.exportOne(id), exportAll: () => this.exportAll(),
      importFile: (file) => this.importFile(file),
    });
    byID("open-settings").addEventListener("click", () => this.dialog.open());
    byID("close-viewer").addEventListener("click", () => byID("viewer").close());
    // Beside the picture, a press closes it too.
    byID("viewer").addEventListener("click", (event) => event.target === byID("viewer") && byID("viewer").close());
    document.addEventListener("keydown", (event) => this.escape(event));
    watchTheme(byID("theme"));
  }

  /** Learns the server's state and models; asks again until it is ready. */
  async connect() {
    clearTimeout(this.retry);
    let wait = 3000;
    try {
      const { ready } = await this.server.health();
      if (ready) {
        this.showModels(await this.server.models());
        this.showServer("ready", "Ready");
        wait = 30000;
      } else {
        this.showServer("waiting", "Server not ready");
      }
    } catch (error) {
      this.showServer("failed", error.title ?? "No connection");
    }
    this.retry = setTimeout(() => this.connect(), wait);
  }

  /** Sends a message. */
  ask(question, pictures) {
    // A picture carries its plan while it is in the composer; kept is only what makes it up.
    const plain = pictures.map(({ name, url, width, height }) => ({ name, url, width, height }));
    this.conversation = withQuestion(this.conversation, question, plain);
    this.answer();
  }

  /** Replaces a message and what follows it. */
  edit(index, question, pictures) {
    this.conversation = withEdit(this.conversation, index, question, pictures);
    this.answer();
  }

  /** Gets the answer to the last message, in place of an older one. */
  async answer() {
    if (this.running) return;
    const stopper = new AbortController();
    this.running = stopper;
    this.conversation = withAnswer(this.conversation, null);
    const asked = this.conversation;
    this.showConversation();
    this.turns.update(emptyAnswer(), asked, null);
    this.composer.showBusy(true);
    this.composer.focus();
    announce("Waiting for the answer");
    await this.keep(asked);
    const body = request(asked, this.dialog.settings, this.model);
    const { answer, boxes } = await exchange(this.server, body, stopper.signal, (state, waiting) => this.arrive(state, asked, waiting));
    const whole = { ...answer, boxes: await this.boxesOf(answer, boxes, asked) };
    this.running = null;
    this.composer.showBusy(false);
    const finished = withAnswer(asked, whole);
    if (this.conversation.id === finished.id) {
      cancelAnimationFrame(this.frame);
      this.conversation = { ...finished, title: this.conversation.title, isNamed: this.conversation.isNamed };
      this.turns.update(whole, this.conversation, null);
      const end = whole.error ? `${whole.error.title}. ${whole.error.message}` : `Answer complete. ${parts(whole.text).answer.slice(0, 500)}`;
      announce(whole.finish === "stopped" ? "Stopped" : end);
    }
    const isShown = this.conversation.id === finished.id;
    // A conversation that was deleted meanwhile stays deleted.
    if (isShown || await this.storage.conversation(finished.id)) await this.keep(isShown ? this.conversation : finished);
  }

  /** Shows an answer that arrives, at most once a frame. */
  arrive(answer, asked, waiting) {
    this.latest = { answer, waiting };
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      if (this.running && this.conversation.id === asked.id) this.turns.update(this.latest.answer, asked, this.latest.waiting);
    });
  }

  /** The boxes of an answer: the server's, or those that the text states in one way only. */
  async boxesOf(answer, sent, conversation) {
    const pictures = picturesOf(conversation);
    if (sent !== null) return serverBoxes(sent, pictures.length);
    const text = parts(answer.text).answer;
    // With several pictures, the text does not say which one it means.
    if (pictures.length !== 1 || answer.error || !statesBoxes(text)) return [];
    try {
      const seen = await this.server.plan(pictures[0].url, this.model);
      return boxesInText(text, seen, pictures[0], 0);
    } catch {
      return []; // A server without plans: where the boxes are in the picture is then unknown.
    }
  }

  stop() {
    this.running?.abort();
  }

  /** Escape closes the list on a phone, or stops the answer; dialogs close themselves. */
  escape(event) {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    if (this.sidebar.isOpen) {
      this.sidebar.toggle(false);
      byID("open-sidebar").focus();
    } else {
      this.stop();
    }
  }

  /** The tokens that a picture takes; null when the server does not say. */
  async tokens(picture) {
    try {
      return (await this.server.plan(picture.url, this.model)).tokens;
    } catch {
      return null; // The plan is extra information; sending the picture tells what is wrong with it.
    }
  }

  get model() {
    return byID("model").value;
  }

  showModels(names) {
    const old = this.model;
    byID("model").replaceChildren(...names.map((name) => element("option", { value: name, selected: name === old }, name)));
    byID("model").hidden = names.length === 0;
    byID("model").classList.toggle("only", names.length === 1);
  }

  showServer(state, text) {
    byID("server").className = `server ${state}`;
    byID("server-text").textContent = text;
  }

  showConversation() {
    byID("title").textContent = this.conversation.title || "New conversation";
    document.title = this.conversation.title ? `${this.conversation.title} · Mixed-R1` : "Mixed-R1";
    this.turns.show(this.conversation);
  }

  /** Stops what runs and starts an empty conversation. */
  create() {
    this.stop();
    this.conversation = newConversation();
    this.showConversation();
    this.showList();
    this.composer.focus();
  }

  async open(id) {
    if (id === this.conversation.id) return;
    this.stop();
    const kept = await this.kept(id);
    if (kept) {
      this.conversation = settled(kept);
      this.showConversation();
    }
    await this.showList();
    this.composer.focus();
  }

  /** A kept conversation; undefined, with a message, when another tab deleted it. */
  async kept(id) {
    const conversation = await this.storage.conversation(id);
    if (!conversation) {
      toast("This conversation was deleted in another tab.");
      await this.showList();
    }
    return conversation;
  }

  async rename(id, title) {
    const changed = id === this.conversation.id ? this.conversation : await this.kept(id);
    if (!changed) return;
    const named = { ...changed, title, isNamed: true };
    if (id === this.conversation.id) {
      this.conversation = named;
      byID("title").textContent = title;
    }
    await this.keep(named);
  }

  async remove(id) {
    const removed = await this.storage.conversation(id);
    if (id === this.conversation.id) this.create();
    await this.storage.remove(id);
    await this.showList();
    if (removed) toast(`Deleted "${removed.title}"`, { label: "Undo", run: () => this.keep(removed) });
  }

  async exportOne(id) {
    const one = await this.kept(id);
    if (one) download(exported([one]), `${one.title.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40) || "conversation"}.json`);
  }

  async exportAll() {
    const titles = await this.storage.titles();
    const all = await Promise.all(titles.map(({ id }) => this.storage.conversation(id)));
    download(exported(all.filter(Boolean)), "conversations.json");
  }

  async importFile(file) {
    try {
      const conversations = imported(await file.text());
      for (const conversation of conversations) await this.storage.keep(conversation);
      toast(`Imported ${conversations.length} conversation${conversations.length === 1 ? "" : "s"}`);
    } catch (error) {
      toast(error instanceof StorageFull ? full : error.message);
    }
    await this.showList();
  }

  /** Keeps a conversation in the browser and shows the list. */
  async keep(conversation) {
    try {
      await this.storage.keep(conversation);
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
      toast(full);
    }
    await this.showList();
  }

  async showList() {
    const titles = await this.storage.titles();
    this.sidebar.show(titles, this.conversation.id, titles.reduce((sum, entry) => sum + entry.bytes, 0), limit);
  }
}

const full = "The browser's storage is full: this conversation is not kept. Export and delete older ones.";

/** Offers a text as a file. */
function download(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  element("a", { href: url, download: name }).click();
  // The download has its own hold on the data after this.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Puts icons into the buttons of the page. */
function drawIcons() {
  const shapes = { "close-sidebar": "close", "open-sidebar": "menu", "open-settings": "sliders", attach: "picture",
    send: "send", stop: "stop", "close-settings": "close", "close-viewer": "close" };
  for (const [id, shape] of Object.entries(shapes)) byID(id).append(icon(shape));
  byID("new-conversation").append(icon("plus"), "New conversation");
}

drawIcons();
try {
  const page = new Page(await Storage.open());
  page.showConversation();
  await page.showList();
  page.composer.focus();
  await page.connect();
} catch (error) {
  toast(`The page cannot start: ${error.message}`);
  throw error;
}
