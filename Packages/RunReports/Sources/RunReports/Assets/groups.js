// Shows the groups of answers one at a time, with boxes over their picture. All texts come from a model: they are only
// ever set as text.
"use strict";
{
  const { groups, pictures } = JSON.parse(document.getElementById("data").textContent);
  const colorCount = 8;

  for (const thumb of document.querySelectorAll("[data-picture]")) {
    // Pictures of closed questions are made when they are opened.
    thumb.closest("details").addEventListener("toggle", () => {
      if (!thumb.firstChild) thumb.append(picture(pictures[Number(thumb.dataset.picture)]));
    });
  }

  /** What the drawn boxes are. */
  function keys(group) {
    const planes = group.answers.map((answer) => answer.boxes?.plane).filter(Boolean);
    const list = make("p", "keys",
      make("span", "", make("i", "gold"), "gold, in pixels of the picture"),
      make("span", "c0", make("i"), "answers, in the colors of their cards"));
    list.append(planes.length
      ? `Some answered boxes are scaled from the model's plane of ${planes[0].join(" × ")} to the picture.`
      : "Answered boxes are as the reward read them, in pixels of the picture.");
    return list;
  }

  function asking(group) {
    const side = make("div", "asking");
    const hasBoxes = group.goldBoxes || group.answers.some((answer) => answer.boxes);
    group.pictures.forEach((place, index) => {
      const image = picture(pictures[place]);
      const canvas = make("div", image.tagName === "IMG" ? "canvas" : "", image);
      // Boxes refer to the first picture.
      if (index === 0 && hasBoxes && image.tagName === "IMG") {
        drawBoxes(group.answers.map((answer) => answer.boxes), group.goldBoxes, image, canvas);
      }
      side.append(canvas);
      if (index === 0 && hasBoxes) side.append(keys(group));
    });
    side.append(
      make("p", "question", group.question),
      make("p", "facts", make("span", "", "gold ", make("b", "", group.golds.join(" or "))),
        make("span", "", `step ${group.step}`), make("span", "", group.task), make("span", "", `row ${group.id}`)));
    return side;
  }

  const number = (value, digits = 2) => value.toFixed(digits);

  function card(answer, index) {
    const facts = make("p", "facts", make("span", "", `#${index + 1}`), make("b", "total", `reward ${number(answer.reward)}`));
    const say = (text, style) => facts.append(make("span", style, text));
    say(`accuracy ${number(answer.accuracy)}`);
    if (answer.format !== null) say(`format ${number(answer.format)}`);
    if (answer.overlong !== null) say(`overlong ${number(answer.overlong)}`);
    if (answer.advantage !== null) {
      const side = answer.advantage > 0 ? "up-side" : answer.advantage < 0 ? "down-side" : "";
      say(`advantage ${answer.advantage > 0 ? "+" : ""}${number(answer.advantage)}`, side);
    }
    say(answer.status, answer.status === "ok" ? "" : "bad");
    if (answer.finish !== null) say(`ended by ${answer.finish}`);
    if (answer.detail !== null) say(`read as ${answer.detail}`);
    const node = make("article", `card c${index % colorCount}`, facts, answerText(answer.text));
    node.setAttribute("aria-label", `Answer ${index + 1}`);
    node.tabIndex = 0;
    return node;
  }

  /** Boxes of other answers are pale while one card is looked at. */
  function emphasize(area, index) {
    for (const part of area.querySelectorAll("[data-answer]")) {
      part.classList.toggle("dim", index !== null && Number(part.dataset.answer) !== index);
    }
  }

  function show(group) {
    const cards = make("div", "cards", ...group.answers.map(card));
    const area = make("div", "group", asking(group), cards);
    [...cards.children].forEach((node, index) => {
      for (const name of ["pointerenter", "focus"]) node.addEventListener(name, () => emphasize(area, index));
      for (const name of ["pointerleave", "blur"]) node.addEventListener(name, () => emphasize(area, null));
    });
    document.getElementById("group").replaceChildren(area);
  }

  function browse() {
    const [task, step, place, before, after] = ["task", "step", "place", "before", "after"]
      .map((name) => document.getElementById(`group-${name}`));
    let shown = groups;

    function select(index) {
      step.selectedIndex = index;
      place.value = index;
      place.setAttribute("aria-valuetext", `step ${shown[index].step}`);
      before.disabled = index === 0;
      after.disabled = index === shown.length - 1;
      show(shown[index]);
    }

    /** Keeps the groups of the chosen task, and shows the last one. */
    function filter() {
      shown = task.value ? groups.filter((group) => group.task === task.value) : groups;
      step.replaceChildren(...shown.map((group, index) => new Option(`${group.step} · ${group.task}`, index)));
      place.max = shown.length - 1;
      select(shown.length - 1);
    }

    const tasks = [...new Set(groups.map((group) => group.task))].sort();
    task.replaceChildren(new Option("all", ""), ...tasks.map((name) => new Option(name, name)));
    task.addEventListener("change", filter);
    step.addEventListener("change", () => select(step.selectedIndex));
    place.addEventListener("input", () => select(Number(place.value)));
    before.addEventListener("click", () => select(step.selectedIndex - 1));
    after.addEventListener("click", () => select(step.selectedIndex + 1));
    filter();
  }

  if (groups.length > 0) browse();
}
