// The messages of a conversation with their answers.
import { picturesOf } from "../talk/conversation.js";
import { answerView } from "./answer-card.js";
import { byID, copyButton, element, iconButton } from "./dom.js";
import { pictureButton, thumbnail } from "./picture-card.js";

/** The list of turns. */
export class TurnsView {
  /** The view of the last answer. */
  #last = null;
  #scroller = byID("scroller");
  /** Whether the reader is at the end, so that the view follows the answer. */
  #follows = true;

  /**
   * @param {{again: () => void, edit: (index: number, question: string, pictures: object[]) => void,
   *   isBusy: () => boolean, openSettings: () => void}} actions
   */
  constructor(actions) {
    this.actions = actions;
    this.#scroller.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
      this.#follows = scrollHeight - scrollTop - clientHeight < 60;
    }, { passive: true });
  }

  /** Shows a whole conversation. */
  show(conversation) {
    const pictures = picturesOf(conversation);
    this.#last = null;
    const nodes = conversation.turns.flatMap((turn, index) => {
      const isLast = index === conversation.turns.length - 1;
      const view = answerView({ again: isLast ? this.actions.again : null, openSettings: this.actions.openSettings });
      if (turn.answer) view.show(turn.answer, pictures);
      if (isLast) this.#last = view;
      return [this.#question(turn, index),
        element("article", { "aria-label": `Answer ${index + 1}`, hidden: !turn.answer }, view.node)];
    });
    byID("turns").replaceChildren(...nodes);
    byID("welcome").hidden = nodes.length > 0;
    this.#follows = true;
    this.#scrollToEnd();
  }

  /** Shows the newest state of the last answer. */
  update(answer, conversation, waiting) {
    this.#last.show(answer, picturesOf(conversation), waiting);
    this.#last.node.parentElement.hidden = false;
    this.#scrollToEnd();
  }

  /** Opens the last message for editing. */
  editLast() {
    [...byID("turns").querySelectorAll(".edit")].at(-1)?.click();
  }

  #scrollToEnd() {
    if (this.#follows) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #question(turn, index) {
    const article = element("article.question", { "aria-label": `Your message ${index + 1}` });
    const edit = iconButton("edit", "Edit the message", () => {
      if (!this.actions.isBusy()) article.replaceChildren(...this.#editor(turn, index, show));
      article.querySelector("textarea")?.focus();
    });
    edit.classList.add("edit");
    const show = () => article.replaceChildren(
      ...(turn.pictures.length > 0 ? [element("div.pictures", {}, ...turn.pictures.map((picture) => pictureButton(picture)))] : []),
      ...(turn.question ? [element("p.bubble", {}, turn.question)] : []),
      element("div.foot", {}, ...[turn.question ? copyButton("Copy the message", () => turn.question) : null, edit].filter(Boolean)));
    show();
    return article;
  }

  /** A form in place of the message; what follows the message is answered anew. */
  #editor(turn, index, cancel) {
    const field = element("textarea", { rows: "3", "aria-label": "Edited message" });
    field.value = turn.question;
    let pictures = turn.pictures;
    const list = element("ul.thumbnails", { "aria-label": "Pictures of the edited message" });
    const showPictures = () => list.replaceChildren(...pictures.map((picture) => thumbnail(picture, () => {
      pictures = pictures.filter((each) => each !== picture);
      showPictures();
      field.focus();
    })));
    showPictures();
    const send = () => {
      if (field.value.trim() !== "" || pictures.length > 0) this.actions.edit(index, field.value.trim(), pictures);
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        cancel();
        byID("message").focus();
      } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        send();
      }
    });
    return [element("form.editor", { "aria-label": "Edit the message", onsubmit: (event) => { event.preventDefault(); send(); } },
      list, field, element("div.row", {},
        element("button.quiet", { type: "button", onclick: () => { cancel(); byID("message").focus(); } }, "Cancel"),
        element("button.primary", { type: "submit" }, "Send again")))];
  }
}
