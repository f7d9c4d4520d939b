// Checks of the shown page, as accessibility checkers make them; the value is a list of problems.
(() => {
  const problems = [];
  const isShown = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !node.closest("[inert]");
  const all = [...document.querySelectorAll("body *")].filter(isShown);
  const show = (node) => `<${node.tagName.toLowerCase()} class="${node.getAttribute("class") ?? ""}" id="${node.id}"> ${node.textContent.trim().slice(0, 30)}`;

  if (!document.documentElement.lang) problems.push("the page has no language");
  if (!document.title) problems.push("the page has no title");
  const tops = [...document.querySelectorAll("h1")];
  if (tops.length !== 1) problems.push(`expected one h1, found ${tops.length}`);
  if (!document.querySelector("main")) problems.push("there is no main landmark");

  const seen = new Set();
  for (const node of document.querySelectorAll("[id]")) {
    if (seen.has(node.id)) problems.push(`the identifier ${node.id} is used twice`);
    seen.add(node.id);
  }
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) {
      for (const id of node.getAttribute(name).split(/\s+/)) if (!seen.has(id)) problems.push(`${name}="${id}" points nowhere`);
    }
  }

  // Every control has a name, and every picture a text or none on purpose.
  for (const node of all.filter((each) => each.matches("button, input, select, textarea, a, summary, [role=region]"))) {
    const label = node.getAttribute("aria-label") || (node.labels?.length ? node.labels[0].textContent : node.textContent);
    if (!label.trim()) problems.push(`without a label: ${show(node)}`);
  }
  for (const node of all.filter((each) => each.tagName === "IMG" && !each.hasAttribute("alt"))) problems.push(`picture without alt: ${show(node)}`);
  for (const node of document.querySelectorAll("button button, a button, button a, summary button")) problems.push(`nested controls: ${show(node)}`);
  for (const node of document.querySelectorAll("[tabindex]")) if (node.tabIndex > 0) problems.push(`tabindex above 0: ${show(node)}`);

  // Controls are at least 24 pixels on a side (WCAG 2.5.8), links in text excepted.
  for (const node of all.filter((each) => each.matches("button, input:not([type=checkbox]), select, textarea") && !each.matches(".skip"))) {
    const { width, height } = node.getBoundingClientRect();
    if (width < 24 || height < 24) problems.push(`smaller than 24 pixels: ${show(node)}`);
  }

  // Contrast of each text with what is behind it.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => top.slice(0, 3).map((value, index) => value * top[3] + below[index] * (1 - top[3]));
  const background = (node) => {
    const layers = [];
    for (let each = node; each; each = each.parentElement) {
      const color = rgba(getComputedStyle(each).backgroundColor);
      layers.push(color);
      if (color[3] === 1) break;
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return layers.reverse().reduce((below, top) => over(top, below), dark ? [18, 18, 18] : [255, 255, 255]);
  };
  const light = (color) => color.map((value) => value / 255).map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const check = (node, color, what) => {
    const below = background(node);
    const [a, b] = [light(over(rgba(color), below)), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(2)} of ${what} ${show(node)}`);
  };
  for (const node of all) {
    const hasText = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim());
    if (hasText && !node.disabled) check(node, getComputedStyle(node).color, "text");
    if (node.matches("input, textarea") && node.placeholder) check(node, getComputedStyle(node, "::placeholder").color, "placeholder");
  }

  // Nothing sticks out to the right.
  if (document.documentElement.scrollWidth > innerWidth) problems.push(`the page is ${document.documentElement.scrollWidth} pixels wide, the window ${innerWidth}`);
  return problems;
})()
