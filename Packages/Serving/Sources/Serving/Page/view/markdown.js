// A safe part of Markdown as elements: HTML in the text stays text, links go only to web and mail addresses.
import { copyButton, element } from "./dom.js";

/**
 * Shows Markdown in an element. Blocks that did not change since the last call keep their nodes, so an answer can be
 * shown again and again while it grows, and a selection in it stays.
 */
export function showMarkdown(place, text) {
  const blocks = blocksOf(text);
  const old = [...place.children];
  let same = 0;
  while (same < blocks.length && same < old.length && sources.get(old[same]) === blocks[same]) same += 1;
  for (const child of old.slice(same)) child.remove();
  for (const source of blocks.slice(same)) {
    const made = block(source.split("\n"));
    sources.set(made, source);
    place.append(made);
  }
}

/** What each shown block was made from. */
const sources = new WeakMap();

const fence = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const rule = /^ {0,3}([-*_])\s*(?:\1\s*){2,}$/;
const item = /^( *)([-*+]|\d{1,9}[.)])(?:\s+(.*)|$)/;
const tableRule = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** The sources of the blocks of a text. @returns {string[]} */
export function blocksOf(text) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n");
  const blocks = [];
  for (let at = 0; at < lines.length;) {
    if (lines[at].trim() === "") {
      at += 1;
      continue;
    }
    const end = blockEnd(lines, at);
    blocks.push(lines.slice(at, end).join("\n").trimEnd());
    at = end;
  }
  return blocks;
}

/** The line after the block that starts at a line. */
function blockEnd(lines, at) {
  const first = lines[at];
  const isBlank = (index) => lines[index].trim() === "";
  let end = at + 1;
  const open = fence.exec(first);
  if (open) {
    while (end < lines.length && !closes(lines[end], open[1])) end += 1;
    return Math.min(end + 1, lines.length);
  }
  if (heading.test(first) || rule.test(first)) return end;
  if (item.test(first)) {
    // A list goes on over one blank line when an item or an indented line follows.
    while (end < lines.length) {
      if (isBlank(end) && !(end + 1 < lines.length && (item.test(lines[end + 1]) || /^ {2,}\S/.test(lines[end + 1])))) break;
      if (!isBlank(end) && !/^ /.test(lines[end]) && !item.test(lines[end]) && starts(lines[end])) break;
      end += 1;
    }
    return end;
  }
  const isQuote = /^ {0,3}>/.test(first);
  const isTable = isTableStart(lines, at);
  while (end < lines.length && !isBlank(end)) {
    if (isTable ? !lines[end].includes("|") : starts(lines[end]) || isTableStart(lines, end)) {
      if (!(isQuote && /^ {0,3}>/.test(lines[end]))) break;
    }
    end += 1;
  }
  return end;
}

function closes(line, mark) {
  const trimmed = line.trim();
  return trimmed.length >= mark.length && [...trimmed].every((character) => character === mark[0]);
}

/** Whether a line starts a block of its own in the middle of a paragraph. */
function starts(line) {
  return fence.test(line) || heading.test(line) || rule.test(line) || /^ {0,3}>/.test(line) || item.test(line);
}

function isTableStart(lines, at) {
  return at + 1 < lines.length && lines[at].includes("|") && lines[at + 1].includes("-") && tableRule.test(lines[at + 1])
    && cells(lines[at]).length === cells(lines[at + 1]).length;
}

/** The element of a block. Nesting is limited, so that no text can exhaust the stack. */
function block(lines, depth = 0) {
  const open = fence.exec(lines[0]);
  if (open) return code(lines, open);
  const title = heading.exec(lines[0]);
  // The page has its own h1 and h2.
  if (title) return element(`h${Math.min(title[1].length + 2, 6)}`, {}, ...inline(title[2]));
  if (rule.test(lines[0])) return element("hr");
  if (item.test(lines[0])) return list(lines, depth);
  if (/^ {0,3}>/.test(lines[0])) {
    const inner = lines.map((line) => line.replace(/^ {0,3}> ?/, ""));
    return element("blockquote", {}, ...nested(inner, depth));
  }
  if (isTableStart(lines, 0)) return table(lines);
  return element("p", {}, ...inline(lines.map((line) => line.trimStart()).join("\n")));
}

function nested(lines, depth) {
  if (depth >= 8) return [element("p", {}, lines.join("\n"))];
  return blocksOf(lines.join("\n")).map((source) => block(source.split("\n"), depth + 1));
}

function code(lines, open) {
  const isClosed = lines.length > 1 && closes(lines.at(-1), open[1]);
  const text = lines.slice(1, isClosed ? -1 : undefined).join("\n");
  const language = open[2].trim().split(/\s/)[0].slice(0, 30);
  return element("div.code-block", {},
    element("div.code-head", {}, element("span", {}, language || "code"), copyButton("Copy the code", () => text)),
    element("pre", { tabindex: "0", role: "region", "aria-label": language ? `Code, ${language}` : "Code" }, element("code", {}, text)));
}

function list(lines, depth) {
  const first = item.exec(lines[0]);
  const indent = first[1].length;
  const isOrdered = /\d/.test(first[2]);
  const items = [];
  for (const line of lines) {
    const found = item.exec(line);
    // A deeper line belongs to the item before it.
    if (found && found[1].length <= indent + 1) items.push([found[3] ?? ""]);
    else items.at(-1).push(line);
  }
  const isLoose = lines.some((line) => line.trim() === "");
  const made = items.map((own) => {
    const inside = own.slice(1).map((line) => line.trim() === "" ? "" : line);
    const margin = Math.min(...inside.filter((line) => line !== "").map((line) => line.length - line.trimStart().length), 99);
    const children = nested([own[0], ...inside.map((line) => line.slice(Math.min(margin, 99)))], depth);
    const [head, ...rest] = children;
    if (!isLoose && head?.tagName === "P") return element("li", {}, ...head.childNodes, ...rest);
    return element("li", {}, ...children);
  });
  const start = isOrdered ? Number.parseInt(first[2], 10) : 1;
  return element(isOrdered ? "ol" : "ul", { start: start === 1 ? null : start }, ...made);
}

/** The texts of a table row's cells; a backslash keeps a bar in a cell. */
function cells(line) {
  const inside = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inside.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function table(lines) {
  const names = cells(lines[0]);
  const sides = cells(lines[1]).map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : null));
  const row = (tag, texts) => element("tr", {}, ...names.map((_, column) =>
    element(tag, { scope: tag === "th" ? "col" : null, class: sides[column] }, ...inline(texts[column] ?? ""))));
  return element("div.table", { tabindex: "0", role: "region", "aria-label": "Table" },
    element("table", {}, element("thead", {}, row("th", names)),
      element("tbody", {}, ...lines.slice(2).map((line) => row("td", cells(line))))));
}

// In the order in which they win at the same place: code, escapes, links, addresses, bold, emphasis, strikes, line ends.
const spans = new RegExp([
  "(?<ticks>`+)(?<code>[^]*?[^`])\\k<ticks>(?!`)",
  "\\\\(?<escaped>[!-/:-@\\[-`{-~])",
  "\\[(?<label>[^\\[\\]\\n]{1,500})\\]\\((?<target>[^\\s()<>]{1,2000}(?:\\([^\\s()<>]*\\)[^\\s()<>]*)?)\\)",
  "(?<address>https?://[^\\s<>\"`]{1,2000})",
  "\\*\\*(?=\\S)(?<bold>[^]{1,5000}?\\S|\\S)\\*\\*",
  "(?<![\\w*])\\*(?=[^\\s*])(?<starred>[^*]{0,5000}?[^\\s*])\\*(?![\\w*])",
  "(?<![\\w_])_(?=[^\\s_])(?<lined>[^_]{0,5000}?[^\\s_])_(?![\\w_])",
  "~~(?=\\S)(?<struck>[^~]{1,5000}?)~~",
  "(?<hard> {2,}|\\\\)\\n",
].join("|"), "g");

/** The nodes of a text inside a block. */
function inline(text, depth = 0) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(spans)) {
    if (match.index > at) nodes.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    nodes.push(...span(match, depth));
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

function span(match, depth) {
  const { code: source, escaped, label, target, address, bold, starred, lined, struck, hard } = match.groups;
  const inner = (part) => (depth < 8 ? inline(part, depth + 1) : [part]);
  if (source !== undefined) return [element("code", {}, source.replace(/^ (.*) $/s, "$1"))];
  if (escaped !== undefined) return [escaped];
  if (target !== undefined) return isSafe(target) ? [link(target, inner(label))] : [match[0]];
  if (address !== undefined) {
    const end = /[.,;:!?)\]}'*_]+$/.exec(address)?.[0] ?? "";
    const clean = address.slice(0, address.length - end.length);
    return [link(clean, [clean]), end];
  }
  if (bold !== undefined) return [element("strong", {}, ...inner(bold))];
  if (starred !== undefined || lined !== undefined) return [element("em", {}, ...inner(starred ?? lined))];
  if (struck !== undefined) return [element("s", {}, ...inner(struck))];
  return hard === undefined ? [match[0]] : [element("br")];
}

/** Only whole addresses of the web and of mail: a model's text must not run anything. */
function isSafe(target) {
  return /^(https?:\/\/|mailto:)/i.test(target);
}

function link(target, children) {
  return element("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, ...children);
}
