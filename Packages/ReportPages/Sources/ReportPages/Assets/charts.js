// Shows the values of a chart at the step under the pointer.
"use strict";
{
  const charts = JSON.parse(document.getElementById("data").textContent).charts;

  /** The place of the number nearest to a target in an ascending list. */
  function nearest(numbers, target) {
    let [low, high] = [0, numbers.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (numbers[middle] < target) low = middle;
      else high = middle;
    }
    return target - numbers[low] <= numbers[high] - target ? low : high;
  }

  /** One curve's part of the readout. */
  function part(curve, index) {
    const span = document.createElement("span");
    span.className = curve.color;
    const value = document.createElement("b");
    value.textContent = curve.texts[index];
    span.append(document.createElement("i"), `${curve.name} `, value);
    return span;
  }

  for (const svg of document.querySelectorAll("svg[data-chart]")) {
    const curves = charts[svg.dataset.chart];
    const [left, right, low, high] = ["left", "right", "low", "high"].map((key) => Number(svg.dataset[key]));
    const readout = svg.parentElement.querySelector(".readout");
    const cursor = svg.querySelector(".cursor");
    const most = Math.max(...curves.map((curve) => curve.steps.length));
    const longest = curves.find((curve) => curve.steps.length === most);

    const show = (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
      const wanted = low + ((x - left) / (right - left)) * (high - low);
      const step = longest.steps[nearest(longest.steps, wanted)];
      const place = left + ((step - low) / (high - low)) * (right - left);
      cursor.setAttribute("transform", `translate(${place + 9} 0)`);
      const label = document.createElement("span");
      label.textContent = `step ${Math.round(step)}`;
      readout.replaceChildren(label, ...curves.flatMap((curve) => {
        const index = nearest(curve.steps, step);
        // A curve without a point near here says nothing.
        const isNear = Math.abs(curve.steps[index] - step) <= (high - low) / 40;
        return isNear ? [part(curve, index)] : [];
      }));
    };
    svg.addEventListener("pointermove", show);
    svg.addEventListener("pointerdown", show);
    svg.addEventListener("pointerleave", () => {
      cursor.removeAttribute("transform");
      readout.replaceChildren();
    });
  }
}
