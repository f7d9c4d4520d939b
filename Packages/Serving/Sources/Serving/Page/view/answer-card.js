// An answer: thinking folded away, Markdown, boxes on the picture, numbers, errors.
import { parts } from "../talk/answer.js";
import { copyButton, element, icon, iconButton } from "./dom.js";
import { showMarkdown } from "./markdown.js";
import { boxFigure } from "./picture-card.js";

/**
 * The element of an answer, with a function that shows a newer state of it.
 *
 * @param {{again: (() => void)|null, openSettings: () => void}} actions `again` is null where nothing can be asked again
 * @returns {{node: HTMLElement, show: (answer: object, pictures: object[], waiting?: number|null) => void}}
 */
export function answerView(actions) {
  const summary = element("summary");
  const thought = element("div.thought.text");
  const thinking = element("details.thinking", { hidden: true }, summary, thought);
  const text = element("div.text");
  const waitingLine = element("p.waiting", { hidden: true }, element("span.pulse", { "aria-hidden": "true" }), element("span"));
  const [figures, problem, foot] = [element("div"), element("div"), element("div.foot")];
  const node = element("div.answer", {}, thinking, text, waitingLine, figures, problem, foot);

  function show(answer, pictures, waiting = null) {
    const { thinking: thoughts, isThinking, answer: plain } = parts(answer.text);
    const isDone = answer.finish !== null;
    thinking.hidden = thoughts === null;
    if (thoughts !== null) {
      summary.replaceChildren(icon("chevron"), thinkingTitle(answer, isThinking && !isDone));
      showMarkdown(thought, thoughts);
    }
    showMarkdown(text, isJSON(plain) ? `~~~~json\n${plain}\n~~~~` : plain);
    waitingLine.hidden = isDone || (plain !== "" && waiting === null);
    waitingLine.lastChild.textContent = waiting !== null ? `The server is busy. Asking again in ${waiting} s`
      : isThinking ? "Thinking" : "Waiting for the first word";
    node.classList.toggle("arriving", !isDone && plain !== "");
    if (isDone) finish(answer, pictures, plain);
  }

  function finish(answer, pictures, plain) {
    const shown = [...new Set(answer.boxes.map((box) => box.picture))].filter((index) => pictures[index]);
    figures.replaceChildren(...shown.map((index) => boxFigure(pictures[index], answer.boxes.filter((box) => box.picture === index))));
    const isEmpty = plain === "" && answer.finish !== "stopped";
    problem.replaceChildren(...(answer.error ? [errorCard(answer.error, actions)]
      : isEmpty ? [element("p.hint", {}, "The model gave an empty answer.")] : []));
    foot.replaceChildren(...[
      plain ? copyButton("Copy the answer", () => plain) : null,
      actions.again && !answer.error ? iconButton("again", "Answer again", actions.again) : null,
      element("span.numbers", { title: [answer.model, answer.version].filter(Boolean).join(", ") }, numbersText(answer)),
    ].filter((child) => child !== null));
  }
  return { node, show };
}

/** Whether an answer is a JSON object or a list of them, from its beginning on: it is shown as code. */
function isJSON(text) {
  return /^(\[\s*)?\{\s*["}]/.test(text);
}

function thinkingTitle(answer, isThinking) {
  if (isThinking) return "Thinking…";
  return answer.numbers.thinking === null ? "Thoughts" : `Thought for ${answer.numbers.thinking.toFixed(1)} s`;
}

function errorCard(error, actions) {
  return element("div.error", { role: "alert" }, icon("warning"),
    element("div", {}, element("strong", {}, error.title), element("p", {}, error.message),
      element("div.row", {},
        actions.again ? element("button.quiet", { type: "button", onclick: actions.again }, "Try again") : null,
        error.title === "An API key is needed" ? element("button.quiet", { type: "button", onclick: actions.openSettings }, "Enter a key") : null)));
}

const endings = { length: "cut off at the token limit", stopped: "stopped" };

/** Speed and tokens of an answer in one line. */
function numbersText(answer) {
  const { first, rate, prompt, completion, cached } = answer.numbers;
  const tokens = (count) => `${count.toLocaleString("en")} token${count === 1 ? "" : "s"}`;
  return [
    endings[answer.finish] ?? null,
    first === null ? null : `first token ${first.toFixed(2)} s`,
    rate === null ? null : `${rate.toFixed(1)} tokens/s`,
    completion === null ? null : tokens(completion),
    prompt === null ? null : `prompt ${tokens(prompt)}${cached ? `, ${cached.toLocaleString("en")} cached` : ""}`,
  ].filter((part) => part !== null).join(" · ");
}
