// A short message at the bottom of the page, with an action such as Undo.
import { announce, byID, element } from "./dom.js";

let timer = 0;

/** @param {string} text @param {{label: string, run: () => void}|null} action */
export function toast(text, action = null) {
  const place = byID("toast");
  const hide = () => { place.hidden = true; };
  place.replaceChildren(element("span", {}, text), ...(action ? [element("button.quiet", { type: "button", onclick: () => {
    hide();
    action.run();
  } }, action.label)] : []));
  place.hidden = false;
  announce(text);
  clearTimeout(timer);
  timer = setTimeout(hide, 8000);
}
