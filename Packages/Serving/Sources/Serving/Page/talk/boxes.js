// Boxes in an answer, in pixels of the original picture.

/**
 * @typedef {object} Box
 * @property {string} label may be empty
 * @property {number} picture which picture of the conversation, from 0
 * @property {[number, number, number, number]} edges left, top, right, bottom in pixels of the original
 */

/** More boxes than this are not drawn. */
export const mostBoxes = 500;

/**
 * The boxes that the server found in an answer (`r1.boxes`); entries without usable coordinates are left out.
 *
 * @param {unknown} list @param {number} pictureCount @returns {Box[]}
 */
export function serverBoxes(list, pictureCount) {
  if (!Array.isArray(list)) return [];
  return list.slice(0, mostBoxes).flatMap((entry) => {
    const edges = edgesOf(entry?.original);
    const picture = entry?.image ?? pictureCount - 1;
    if (!edges || !Number.isInteger(picture) || picture < 0 || picture >= pictureCount) return [];
    return [{ label: labelOf(entry), picture, edges }];
  });
}

/**
 * The boxes that an answer states as JSON, for servers that send none. They count only where they can be read in one
 * way: a list of objects with `bbox_2d` (or one such object), all boxes with four numbers inside the picture as the
 * model saw it.
 *
 * @param {string} answer
 * @param {{width: number, height: number}} seen size of the picture after the resize
 * @param {{width: number, height: number}} original
 * @param {number} picture which picture of the conversation
 * @returns {Box[]}
 */
export function boxesInText(answer, seen, original, picture) {
  const list = statedList(answer);
  if (!list || list.length === 0 || list.length > mostBoxes) return [];
  const boxes = list.map((entry) => {
    const edges = edgesOf(entry?.bbox_2d);
    return edges && edges[2] <= seen.width && edges[3] <= seen.height ? { label: labelOf(entry), picture, edges } : null;
  });
  if (boxes.includes(null)) return [];
  const [x, y] = [original.width / seen.width, original.height / seen.height];
  return boxes.map((box) => ({ ...box, edges: box.edges.map((edge, index) => edge * (index % 2 === 0 ? x : y)) }));
}

/** Whether an answer states boxes, before the sizes are known. */
export function statesBoxes(answer) {
  return statedList(answer) !== null;
}

/** The text of a box: its edges as whole pixels. */
export function edgesText(box) {
  return box.edges.map((edge) => Math.round(edge)).join(", ");
}

/** The JSON list of boxes of an answer: the whole answer or its only code block. */
function statedList(answer) {
  const blocks = [...answer.matchAll(/```(?:json)?\s*\n([^]*?)```/g)].map((match) => match[1]);
  if (blocks.length > 1) return null;
  let value;
  try {
    value = JSON.parse(blocks[0] ?? answer);
  } catch {
    return null; // Not JSON: an answer in words.
  }
  const list = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((entry) => entry && Array.isArray(entry.bbox_2d)) ? list : null;
}

/** Four finite edges with left before right and top above bottom, or null. */
function edgesOf(value) {
  if (!Array.isArray(value) || value.length !== 4 || !value.every(Number.isFinite)) return null;
  const [left, top, right, bottom] = value;
  return left >= 0 && top >= 0 && left < right && top < bottom ? [left, top, right, bottom] : null;
}

function labelOf(entry) {
  return typeof entry.label === "string" ? entry.label.slice(0, 80) : "";
}
