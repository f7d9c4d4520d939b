// Functions for the scripts that come after this one. All texts come from a model or from data: they are only ever set as
// text.

/** An element with a class and children. */
function make(name, style, ...children) {
  const node = document.createElement(name);
  if (style) node.className = style;
  node.append(...children);
  return node;
}

/** A picture, or a box that says why it is not there. */
function picture({ name, source, reason }) {
  if (!source) {
    const absent = make("div", "absent", make("b", "", "No picture"), make("span", "", name), make("span", "", reason));
    absent.setAttribute("role", "img");
    absent.setAttribute("aria-label", `Picture ${name} is not shown: ${reason}`);
    return absent;
  }
  const image = make("img");
  image.alt = `Picture ${name}`;
  image.addEventListener("error", () => image.replaceWith(make("div", "absent", make("b", "", "This browser cannot show the picture"), name)));
  image.src = source;
  return image;
}

/** The text of an answer, its thought paler. */
function answerText(text) {
  const end = text.indexOf("</think>");
  const cut = end < 0 ? 0 : end + "</think>".length;
  return make("p", "answer", make("span", "thought", text.slice(0, cut)), text.slice(cut));
}

function shape(name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** The rectangles of boxes, in pixels of the picture; what is outside of it is cut off. */
function rectangles(boxes, image, style) {
  const [width, height] = boxes.plane ?? [image.naturalWidth, image.naturalHeight];
  const [x, y] = [image.naturalWidth / width, image.naturalHeight / height];
  return boxes.edges.flatMap(([left, top, right, bottom]) => {
    const [from, to] = [Math.max(0, left * x), Math.min(image.naturalWidth, right * x)];
    const [above, below] = [Math.max(0, top * y), Math.min(image.naturalHeight, bottom * y)];
    if (from > to || above > below) return [];
    const place = { x: from, y: above, width: to - from, height: below - above };
    return [shape("rect", { ...place, class: "under" }), shape("rect", { ...place, class: style })];
  });
}

/**
 * Draws boxes over a picture as soon as its size is known: those of each answer in its color, the gold ones on top.
 * Lists without boxes have null.
 */
function drawBoxes(answered, gold, image, canvas) {
  const draw = () => {
    const { naturalWidth: width, naturalHeight: height } = image;
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Gold boxes and answered boxes" });
    answered.forEach((boxes, index) => {
      if (!boxes) return;
      const part = shape("g", { "data-answer": index, class: `c${index % 8}` });
      part.append(...rectangles(boxes, image, ""));
      svg.append(part);
    });
    const group = shape("g", { "data-gold": "" });
    if (gold) group.append(...rectangles(gold, image, "gold"));
    svg.append(group);
    canvas.append(svg);
  };
  if (image.complete && image.naturalWidth > 0) draw();
  else image.addEventListener("load", draw, { once: true });
}
