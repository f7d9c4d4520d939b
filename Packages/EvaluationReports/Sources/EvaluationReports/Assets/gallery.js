// Shows the examples one at a time: a question with its picture, and the answers of the runs. All texts come from models
// and from data: they are only ever set as text.
{
  const { examples, kinds, pictures } = JSON.parse(document.getElementById("data").textContent);

  /** The question: pictures with boxes, prompt, the right answer. */
  function asking(example) {
    const side = make("div", "asking");
    const hasBoxes = example.goldBoxes || example.answers.some((answer) => answer.boxes);
    example.pictures.forEach((place, index) => {
      const image = picture(pictures[place]);
      const isShown = image.tagName === "IMG";
      const canvas = make("div", isShown ? "canvas" : "", image);
      // Boxes refer to the first picture.
      if (index === 0 && hasBoxes && isShown) drawBoxes(example.answers.map((answer) => answer.boxes), example.goldBoxes, image, canvas);
      side.append(canvas);
    });
    if (hasBoxes) {
      side.append(make("p", "keys", make("span", "", make("i", "gold"), "gold"),
        ...example.answers.map((answer, index) => make("span", `c${index % 8}`, make("i"), answer.run))));
    }
    side.append(
      make("p", "question", example.prompt),
      make("p", "facts", make("span", "", "right answer ", make("b", "", example.gold)), make("span", "", `row ${example.id}`),
        ...example.groups.map((text) => make("span", "", text))));
    return side;
  }

  function card(answer, index) {
    const facts = make("p", "facts", make("b", "", answer.run), make("span", answer.isRight ? "right" : "bad", answer.isRight ? "right" : "wrong"));
    const say = (text, style) => facts.append(make("span", style, text));
    if (answer.score > 0 && answer.score < 1) say(`score ${answer.score.toFixed(2)}`);
    if (answer.read !== null) say(`read as ${answer.read}`);
    if (answer.status !== "ok") say(answer.status, "bad");
    if (answer.isCutOff) say("cut off", "bad");
    if (answer.tokens > 0) say(`${answer.tokens} tokens`);
    const node = make("article", `card c${index % 8}`, facts, answerText(answer.text));
    node.setAttribute("aria-label", `Answer of ${answer.run}`);
    return node;
  }

  function browse() {
    const [set, kind, question, before, after] = ["set", "kind", "question", "before", "after"]
      .map((name) => document.getElementById(`example-${name}`));
    let shown = [];

    function select(index) {
      question.selectedIndex = index;
      before.disabled = index <= 0;
      after.disabled = index >= shown.length - 1;
      const cards = make("div", "cards", ...shown[index].answers.map(card));
      document.getElementById("example").replaceChildren(make("div", "group", asking(shown[index]), cards));
    }

    /** Keeps the examples of the chosen set and kind. */
    function filter() {
      shown = examples.filter((each) => each.set === set.value && each.kind === kind.value);
      question.replaceChildren(...shown.map((each, index) => new Option(each.id, index)));
      select(0);
    }

    /** Lists the kinds that the chosen set has, with their counts. */
    function list() {
      const wanted = kind.value;
      const known = kinds.filter((each) => each.set === set.value && each.shown > 0);
      kind.replaceChildren(...known.map((each) => new Option(`${each.kind}: ${each.shown} of ${each.count}`, each.kind)));
      if (known.some((each) => each.kind === wanted)) kind.value = wanted;
      filter();
    }

    const sets = [...new Set(examples.map((each) => each.set))];
    set.replaceChildren(...sets.map((name) => new Option(name, name)));
    set.addEventListener("change", list);
    kind.addEventListener("change", filter);
    question.addEventListener("change", () => select(question.selectedIndex));
    before.addEventListener("click", () => select(question.selectedIndex - 1));
    after.addEventListener("click", () => select(question.selectedIndex + 1));
    list();
  }

  if (examples.length > 0) browse();
}
