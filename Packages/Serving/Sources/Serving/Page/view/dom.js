// Elements and icons, built node by node: text is never read as HTML.

/**
 * Makes an element.
 *
 * @param {string} tag a tag, with classes after dots: "p.hint"
 * @param {Object<string, unknown>} properties attributes; functions named `onclick` and the like become listeners;
 *   false, null and undefined leave an attribute out, true gives an empty one
 * @param {...(Node|string|null)} children
 */
export function element(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  if (classes.length > 0) made.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (key === "class" && value) made.classList.add(...value.split(" "));
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** The element of the page with this identifier. */
export function byID(id) {
  return document.getElementById(id);
}

// Strokes in a square of 20 by 20.
const shapes = {
  plus: "M10 4v12M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  menu: "M3 5.500h14M3 10h14M3 14.500h14",
  send: "M10 16V4M4.500 9.500L10 4l5.500 5.500",
  stop: "M6 6h8v8H6z",
  picture: "M3.500 5A1.500 1.500 0 0 1 5 3.500h10A1.500 1.500 0 0 1 16.500 5v10a1.500 1.500 0 0 1-1.500 1.500H5A1.500 1.500 0 0 1 3.500 15zM3.500 13.500l3.500-3.500 3 3 2-2 4.500 4.500M12.500 7.500h.01",
  edit: "M4 16l.8-3.400L13 4.400a1.600 1.600 0 0 1 2.300 0l.3.3a1.600 1.600 0 0 1 0 2.300L7.400 15.200z",
  again: "M16 10a6 6 0 1 1-1.800-4.200L16 7.500M16 3.500v4h-4",
  copy: "M7 7h8.500v9.500H7zM4.500 13V3.500H13",
  done: "M4 10.500l4 4 8-9",
  trash: "M4 5.500h12M8 5.500V3.500h4v2M5.500 5.500l.7 11h7.600l.7-11M8.300 8.500l.2 5M11.700 8.500l-.2 5",
  download: "M10 3.500v9M6 9l4 4 4-4M4 16.500h12",
  sliders: "M3 6h7M14 6h3M3 14h3M10 14h7M12 4v4M8 12v4",
  sun: "M10 6.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7M10 2.500v1.500M10 16v1.500M2.500 10H4M16 10h1.500M4.700 4.700l1 1M14.300 14.300l1 1M4.700 15.300l1-1M14.300 5.700l1-1",
  moon: "M16 11.500A6.500 6.500 0 0 1 8.500 4a6.500 6.500 0 1 0 7.500 7.500",
  screen: "M3 4.500h14v9H3zM7.500 16.500h5M10 13.500v3",
  chevron: "M7.500 5l5 5-5 5",
  warning: "M10 3.500l7.500 13h-15zM10 8.500v3.500M10 14.300h.01",
};

/** An icon that screen readers skip; the button around it carries the label. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 20 20", "aria-hidden": "true", class: "shape" })) {
    drawing.setAttribute(key, value);
  }
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", shapes[name]);
  drawing.append(path);
  return drawing;
}

/** A button with an icon only; its label is read aloud and shown as a tooltip. */
export function iconButton(name, label, onclick) {
  return element("button.icon", { type: "button", "aria-label": label, title: label, onclick }, icon(name));
}

/** Copies a text, and shows on the button that it is done. */
export function copyButton(label, text) {
  // Browsers offer the clipboard only over HTTPS and on the same machine.
  if (!navigator.clipboard) return null;
  const button = iconButton("copy", label, async () => {
    await navigator.clipboard.writeText(text());
    button.replaceChildren(icon("done"));
    announce("Copied");
    setTimeout(() => button.replaceChildren(icon("copy")), 1500);
  });
  return button;
}

/** Tells screen readers something, without moving the focus. */
export function announce(text) {
  const place = byID("announcement");
  // The same text twice in a row is read twice.
  place.textContent = place.textContent === text ? `${text}\u00a0` : text;
}
