// The field for the next message and its pictures.
import { filesOf, pictureFrom } from "../keep/pictures.js";
import { announce, byID, element } from "./dom.js";
import { thumbnail } from "./picture-card.js";

const suggestions = [
  "Describe this picture in two sentences.",
  "Read all the text in this picture.",
  "Locate every object. Give the bounding boxes as JSON.",
];

/** The composer at the bottom of the page. */
export class Composer {
  #pictures = [];
  #field = byID("message");

  /**
   * @param {{send: (question: string, pictures: object[]) => void, stop: () => void, editLast: () => void,
   *   problem: (text: string) => void, plan: (picture: object) => Promise<number|null>}} actions
   *   `plan` gives the tokens that a picture takes, or null when the server does not say
   */
  constructor(actions) {
    this.actions = actions;
    byID("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    byID("stop").addEventListener("click", () => actions.stop());
    byID("attach").addEventListener("click", () => byID("files").click());
    byID("files").addEventListener("change", (event) => {
      this.add([...event.target.files]);
      event.target.value = "";
    });
    this.#field.addEventListener("input", () => this.#fit());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("paste", (event) => this.#paste(event));
    this.#watchDrops();
    byID("suggestions").append(...suggestions.map((text) =>
      element("li", {}, element("button", { type: "button", onclick: () => this.fill(text) }, text))));
    this.showBusy(false);
  }

  /** Puts a text into the field. */
  fill(text) {
    this.#field.value = text;
    this.#fit();
    this.#field.focus();
  }

  /** Empties the field and forgets the pictures. */
  clear() {
    this.#pictures = [];
    this.#field.value = "";
    this.#fit();
    this.#showPictures();
  }

  focus() {
    this.#field.focus();
  }

  /** Reads files as pictures of the message; tells the problems. */
  async add(files) {
    for (const file of files) {
      try {
        const picture = await pictureFrom(file);
        this.#pictures.push(picture);
        this.#showPictures();
        announce(`${picture.name} added`);
        this.#showTokens(picture);
      } catch (error) {
        this.actions.problem(error.message);
      }
    }
    this.#field.focus();
  }

  /** Shows the stop button in place of the send button while an answer arrives. */
  showBusy(isBusy) {
    this.isBusy = isBusy;
    byID("send").hidden = isBusy;
    byID("stop").hidden = !isBusy;
    this.#fit();
  }

  #send() {
    const question = this.#field.value.trim();
    if (this.isBusy || (question === "" && this.#pictures.length === 0)) return;
    const pictures = this.#pictures;
    this.clear();
    this.actions.send(question, pictures);
  }

  #key(event) {
    // Enter that ends the composition of a character does not send.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "ArrowUp" && this.#field.value === "" && !this.isBusy) {
      event.preventDefault();
      this.actions.editLast();
    }
  }

  #paste(event) {
    const files = filesOf(event.clipboardData ?? new DataTransfer());
    if (files.length === 0 || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.add(files);
  }

  #watchDrops() {
    const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    let depth = 0; // Entering a child comes before leaving its parent.
    const show = (change) => {
      depth = Math.max(0, change === null ? 0 : depth + change);
      byID("drop").hidden = depth === 0;
    };
    window.addEventListener("dragenter", (event) => hasFiles(event) && show(1));
    window.addEventListener("dragleave", (event) => hasFiles(event) && show(-1));
    window.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    window.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      show(null);
      this.add(filesOf(event.dataTransfer));
    });
  }

  /** Makes the field as high as its text, within limits of the style sheet. */
  #fit() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
    byID("send").disabled = this.#field.value.trim() === "" && this.#pictures.length === 0;
  }

  #showPictures() {
    const list = byID("thumbnails");
    list.hidden = this.#pictures.length === 0;
    list.replaceChildren(...this.#pictures.map((picture) => thumbnail(picture, () => {
      this.#pictures = this.#pictures.filter((each) => each !== picture);
      this.#showPictures();
      announce(`${picture.name} removed`);
      this.#field.focus();
    })));
    for (const picture of this.#pictures) this.#showTokens(picture);
    this.#fit();
  }

  /** Adds the tokens of a picture to its line, asked for once. */
  async #showTokens(picture) {
    picture.tokens ??= this.actions.plan(picture);
    const tokens = await picture.tokens;
    const line = byID("thumbnails").children[this.#pictures.indexOf(picture)]?.querySelector(".thumbnail-size");
    if (line && tokens) line.textContent = `${picture.width} × ${picture.height} · ${tokens.toLocaleString("en")} tokens`;
  }
}
