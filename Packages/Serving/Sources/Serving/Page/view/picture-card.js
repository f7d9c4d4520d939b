// Pictures, with boxes over them, and the large view of one.
import { edgesText } from "../talk/boxes.js";
import { byID, element, iconButton } from "./dom.js";

/** The number of colors for boxes in the style sheet. */
const colors = 6;

/** The longer side of a picture with boxes, in pixels of the page. */
const shownSide = 420;

/** To which longer side a small picture is enlarged. */
const largestSide = 800;

/** A picture that opens large when it is pressed. */
export function pictureButton(picture, boxes = []) {
  const description = boxes.length > 0 ? `${picture.name} with ${boxes.length === 1 ? "a box" : `${boxes.length} boxes`}` : picture.name;
  return element("button.picture", { type: "button", "aria-label": `Enlarge ${description}`, onclick: () => enlarge(picture, boxes) },
    boxed(picture, boxes, ""));
}

/** A picture with its boxes and the list of their edges. */
export function boxFigure(picture, boxes) {
  const drawn = pictureButton(picture, boxes);
  // Small pictures are drawn larger, so that there is room for labels; the style sheet keeps them within the column.
  const scale = shownSide / Math.max(picture.width, picture.height);
  drawn.querySelector("img").style.width = `${Math.round(picture.width * scale)}px`;
  const rows = boxes.map((box, index) => element("li", {
    onmouseenter: () => drawn.querySelectorAll(".box")[index].classList.add("marked"),
    onmouseleave: () => drawn.querySelectorAll(".box")[index].classList.remove("marked"),
  }, element("span.swatch", { class: `color-${colorOf(box, boxes)}` }), element("span", {}, box.label || `Box ${index + 1}`),
  element("code", {}, edgesText(box))));
  return element("figure.boxes", {}, drawn,
    element("figcaption", {}, `Left, top, right, bottom in pixels of ${picture.name} (${picture.width} × ${picture.height})`,
      element("ul", {}, ...rows)));
}

/** Opens a picture as large as the window. */
function enlarge(picture, boxes) {
  byID("viewer-title").textContent = `${picture.name}, ${picture.width} × ${picture.height}`;
  const shown = boxed(picture, boxes, picture.name);
  // As large as the window allows; small pictures at most as large as `largestSide`.
  const { width, height } = picture;
  const scale = Math.min((innerWidth - 80) / width, (innerHeight - 140) / height, Math.max(1, largestSide / Math.max(width, height)));
  shown.querySelector("img").style.width = `${Math.round(width * scale)}px`;
  byID("viewer-body").replaceChildren(shown);
  byID("viewer").showModal();
}

/** The picture with boxes at their places; places are shares of its sides, so they fit at every size. */
function boxed(picture, boxes, alternative) {
  const image = element("img", { src: picture.url, alt: alternative, width: picture.width, height: picture.height });
  const frame = element("span.frame", {}, image);
  for (const box of boxes) {
    const [left, top, right, bottom] = box.edges;
    const edge = (value, side) => `${(100 * Math.min(value, side)) / side}%`;
    const drawn = element("span.box", { class: `color-${colorOf(box, boxes)}` });
    drawn.style.left = edge(left, picture.width);
    drawn.style.top = edge(top, picture.height);
    drawn.style.right = `calc(100% - ${edge(right, picture.width)})`;
    drawn.style.bottom = `calc(100% - ${edge(bottom, picture.height)})`;
    if (box.label) drawn.append(element("span.box-label", { class: top < picture.height * 0.12 ? "inside" : null }, box.label));
    frame.append(drawn);
  }
  return frame;
}

/** Boxes with the same label have the same color. */
function colorOf(box, boxes) {
  const labels = [...new Set(boxes.map((each) => each.label))];
  return labels.indexOf(box.label) % colors;
}

/** A small picture with a button that removes it, and a line about it. */
export function thumbnail(picture, remove) {
  return element("li", {}, element("img", { src: picture.url, alt: picture.name, width: 64, height: 64 }),
    element("span.thumbnail-text", {}, element("span.thumbnail-name", {}, picture.name), element("span.thumbnail-size", {}, `${picture.width} × ${picture.height}`)),
    iconButton("close", `Remove ${picture.name}`, remove));
}
