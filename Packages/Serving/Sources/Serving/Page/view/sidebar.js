// The list of kept conversations.
import { byID, element, iconButton } from "./dom.js";

/** The sidebar; on a phone it opens over the page. */
export class Sidebar {
  /**
   * @param {{open: (id: string) => void, create: () => void, rename: (id: string, title: string) => void,
   *   remove: (id: string) => void, exportOne: (id: string) => void, exportAll: () => void,
   *   importFile: (file: File) => void}} actions
   */
  constructor(actions) {
    this.actions = actions;
    byID("new-conversation").addEventListener("click", () => {
      this.toggle(false);
      actions.create();
    });
    byID("open-sidebar").addEventListener("click", () => this.toggle(true));
    byID("close-sidebar").addEventListener("click", () => this.toggle(false));
    byID("scrim").addEventListener("click", () => this.toggle(false));
    byID("export-all").addEventListener("click", () => actions.exportAll());
    byID("import").addEventListener("click", () => byID("import-file").click());
    byID("import-file").addEventListener("change", (event) => {
      if (event.target.files[0]) actions.importFile(event.target.files[0]);
      event.target.value = "";
    });
  }

  /** Shows the titles; `bytes` of `limit` are in use. */
  show(titles, current, bytes, limit) {
    byID("conversations").replaceChildren(...titles.map((entry) => this.#row(entry, entry.id === current)));
    const megabytes = (count) => (count / 2 ** 20).toFixed(count < 10 * 2 ** 20 ? 1 : 0);
    byID("storage").textContent = titles.length === 0 ? "Conversations are kept in this browser only."
      : `Kept in this browser: ${megabytes(bytes)} of ${megabytes(limit)} MB`;
    byID("export-all").disabled = titles.length === 0;
  }

  /** Opens or closes the list on a phone. */
  toggle(isOpen) {
    byID("app").classList.toggle("list-open", isOpen);
    byID("scrim").hidden = !isOpen;
    // On a phone the page behind the open list must not take the focus.
    byID("main").inert = isOpen;
    byID("open-sidebar").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) byID("close-sidebar").focus();
  }

  get isOpen() {
    return byID("app").classList.contains("list-open");
  }

  #row(entry, isCurrent) {
    const title = entry.title || "Untitled";
    const row = element("li", { class: isCurrent ? "current" : null },
      element("button.open", { type: "button", title, "aria-current": isCurrent ? "page" : null, onclick: () => {
        this.toggle(false);
        this.actions.open(entry.id);
      } }, title),
      element("span.row-tools", {},
        iconButton("edit", `Rename ${title}`, () => this.#rename(row, entry)),
        iconButton("download", `Export ${title}`, () => this.actions.exportOne(entry.id)),
        iconButton("trash", `Delete ${title}`, () => this.actions.remove(entry.id))));
    return row;
  }

  /** A field in place of the title. */
  #rename(row, entry) {
    const shown = [...row.children];
    const field = element("input", { "aria-label": "New title", maxlength: "120", value: entry.title });
    let isDone = false;
    const done = (isKept) => {
      if (isDone) return;
      isDone = true;
      row.replaceChildren(...shown);
      if (isKept && field.value.trim() !== "") this.actions.rename(entry.id, field.value.trim());
      row.querySelector("button")?.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") {
        event.stopPropagation();
        done(false);
      }
    });
    field.addEventListener("blur", () => done(true));
    row.replaceChildren(field);
    field.select();
  }
}
