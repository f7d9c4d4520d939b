// Conversations as a JSON file: written whole, read with every value checked.
import { emptyAnswer, newID } from "../talk/conversation.js";

const format = "r1-conversations";

/** The text of a file with these conversations. */
export function exported(conversations) {
  return JSON.stringify({ format, version: 1, conversations }, null, 1);
}

/**
 * The conversations of a file. They get new identifiers, so an import never replaces anything.
 *
 * @throws {Error} names the place in the file, what was expected and what was found
 */
export function imported(text) {
  let file;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new Error(`The file is not JSON: ${error.message}.`);
  }
  if (file?.format !== format) throw new Error(`The file is not an export of this page: expected "format": "${format}".`);
  if (file.version !== 1) throw new Error(`The file has version ${show(file.version)}; this page reads version 1.`);
  return list(file.conversations, "conversations").map((entry, index) => conversation(entry, `conversations[${index}]`));
}

function conversation(value, place) {
  return {
    id: newID(),
    title: string(value?.title, `${place}.title`),
    isNamed: value.isNamed === true,
    updated: number(value.updated, `${place}.updated`),
    turns: list(value.turns, `${place}.turns`).map((entry, index) => turn(entry, `${place}.turns[${index}]`)),
  };
}

function turn(value, place) {
  return {
    question: string(value?.question, `${place}.question`),
    pictures: list(value.pictures, `${place}.pictures`).map((entry, index) => picture(entry, `${place}.pictures[${index}]`)),
    answer: value.answer === null ? null : answer(value.answer, `${place}.answer`),
  };
}

function picture(value, place) {
  const url = string(value?.url, `${place}.url`);
  // Anything else would make this browser ask another server.
  if (!/^data:image\/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]*$/.test(url)) {
    throw new Error(`${place}.url: expected a picture as a data URL, found "${url.slice(0, 30)}".`);
  }
  const [width, height] = [number(value.width, `${place}.width`), number(value.height, `${place}.height`)];
  return { name: string(value.name, `${place}.name`), url, width, height };
}

function answer(value, place) {
  const result = { ...emptyAnswer(), text: string(value?.text, `${place}.text`), model: string(value.model, `${place}.model`) };
  result.version = string(value.version ?? "", `${place}.version`);
  result.finish = string(value.finish ?? "stopped", `${place}.finish`);
  result.boxes = list(value.boxes, `${place}.boxes`).map((entry, index) => box(entry, `${place}.boxes[${index}]`));
  for (const name of Object.keys(result.numbers)) {
    const found = value.numbers?.[name] ?? null;
    result.numbers[name] = found === null ? result.numbers[name] : number(found, `${place}.numbers.${name}`);
  }
  if (value.error) {
    result.error = { title: string(value.error.title, `${place}.error.title`), message: string(value.error.message, `${place}.error.message`) };
  }
  return result;
}

function box(value, place) {
  const edges = list(value?.edges, `${place}.edges`).map((edge, index) => number(edge, `${place}.edges[${index}]`));
  if (edges.length !== 4) throw new Error(`${place}.edges: expected 4 numbers, found ${edges.length}.`);
  return { label: string(value.label, `${place}.label`), picture: number(value.picture, `${place}.picture`), edges };
}

function string(value, place) {
  if (typeof value !== "string") throw new Error(`${place}: expected a text, found ${show(value)}.`);
  return value;
}

function number(value, place) {
  if (!Number.isFinite(value) || value < 0) throw new Error(`${place}: expected a number from 0, found ${show(value)}.`);
  return value;
}

function list(value, place) {
  if (!Array.isArray(value)) throw new Error(`${place}: expected a list, found ${show(value)}.`);
  return value;
}

function show(value) {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 40);
}
