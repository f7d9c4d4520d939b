// The parts of an answer: what the model thought and what it answers.

/**
 * Splits an answer at its `<think>` and `<answer>` tags; works on an answer that is still arriving.
 *
 * Only tags outside code count, and only a `<think>` at the start of the answer: a text about such tags stays whole.
 * A tag that is half there at the end is held back.
 *
 * @param {string} text
 * @returns {{thinking: string|null, isThinking: boolean, answer: string}} `isThinking`: the thinking has no end yet
 */
export function parts(text) {
  const start = /^\s*<think>/.exec(text);
  if (!start) return { thinking: null, isThinking: false, answer: plainAnswer(text) };
  const end = text.indexOf("</think>", start[0].length);
  if (end < 0) {
    return { thinking: withoutHalfTag(text.slice(start[0].length), "</think>").trim(), isThinking: true, answer: "" };
  }
  const answer = text.slice(end + "</think>".length);
  return { thinking: text.slice(start[0].length, end).trim(), isThinking: false, answer: plainAnswer(answer) };
}

/** The text without the `<answer>` tags around all of it or around its end. */
function plainAnswer(text) {
  const held = withoutHalfTag(withoutHalfTag(withoutHalfTag(text, "<answer>"), "</answer>"), "<think>");
  const open = held.indexOf("<answer>");
  if (open < 0 || isInCode(held, open)) return held.trim();
  const close = held.lastIndexOf("</answer>");
  const before = held.slice(0, open);
  const inside = close > open ? held.slice(open + 8, close) + held.slice(close + 9) : held.slice(open + 8);
  return (before + inside).trim();
}

/** Whether a place in Markdown is inside a code block or inline code. */
function isInCode(text, place) {
  const before = text.slice(0, place);
  const fences = before.match(/^ {0,3}(```|~~~)/gm) ?? [];
  if (fences.length % 2 === 1) return true;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return (line.match(/`/g) ?? []).length % 2 === 1;
}

/** The text without the beginning of a tag at its end. */
function withoutHalfTag(text, tag) {
  for (let length = tag.length - 1; length > 0; length -= 1) {
    if (text.endsWith(tag.slice(0, length))) return text.slice(0, -length);
  }
  return text;
}
