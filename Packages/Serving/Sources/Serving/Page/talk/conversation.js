// Conversations as plain values, and the requests that they become.

/**
 * @typedef {object} Picture
 * @property {string} name @property {string} url a data URL @property {number} width @property {number} height
 *
 * @typedef {object} Answer
 * @property {string} text as the model wrote it
 * @property {string|null} finish `stop`, `length`, `stopped` (by the reader), `failed`, or null while it arrives
 * @property {string} model @property {string} version which weights answered, as the server names them
 * @property {import("./boxes.js").Box[]} boxes
 * @property {{first: number|null, total: number, rate: number|null, thinking: number|null, prompt: number|null,
 *   completion: number|null, cached: number|null}} numbers seconds, tokens per second, and tokens
 * @property {{title: string, message: string}|null} error
 *
 * @typedef {object} Turn
 * @property {string} question @property {Picture[]} pictures @property {Answer|null} answer
 *
 * @typedef {object} Conversation
 * @property {string} id @property {string} title empty until there is a message or a name
 * @property {boolean} isNamed whether the reader gave the title @property {number} updated @property {Turn[]} turns
 */

/** @returns {Conversation} */
export function newConversation() {
  return { id: newID(), title: "", isNamed: false, updated: Date.now(), turns: [] };
}

/** An identifier that no other conversation has. `crypto.randomUUID` needs HTTPS, this does not. */
export function newID() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** An answer of which nothing has arrived. @returns {Answer} */
export function emptyAnswer() {
  const numbers = { first: null, total: 0, rate: null, thinking: null, prompt: null, completion: null, cached: null };
  return { text: "", finish: null, model: "", version: "", boxes: [], numbers, error: null };
}

/** The conversation with another message at the end. */
export function withQuestion(conversation, question, pictures) {
  const turns = [...conversation.turns, { question, pictures, answer: null }];
  const title = conversation.title || titleFor(question, pictures);
  return { ...conversation, turns, title, updated: Date.now() };
}

/** The conversation up to a turn, that turn without its answer, with a new question. */
export function withEdit(conversation, index, question, pictures) {
  const turns = [...conversation.turns.slice(0, index), { question, pictures, answer: null }];
  const isTitleOld = index === 0 && !conversation.isNamed;
  const title = isTitleOld ? titleFor(question, pictures) : conversation.title;
  return { ...conversation, turns, title, updated: Date.now() };
}

/** The conversation with this answer to its last message. */
export function withAnswer(conversation, answer) {
  const turns = conversation.turns.with(-1, { ...conversation.turns.at(-1), answer });
  return { ...conversation, turns, updated: Date.now() };
}

/** A conversation as it was kept; a message whose answer never came says so. */
export function settled(conversation) {
  const error = { title: "No answer", message: "The page was closed before the answer was complete." };
  const turns = conversation.turns.map((turn) => (turn.answer ? turn : { ...turn, answer: { ...emptyAnswer(), finish: "failed", error } }));
  return { ...conversation, turns };
}

/** All pictures, in the order that the model sees them. @returns {Picture[]} */
export function picturesOf(conversation) {
  return conversation.turns.flatMap((turn) => turn.pictures);
}

/** A title from the first words of a message. */
function titleFor(question, pictures) {
  const words = question.trim().replace(/\s+/g, " ");
  if (words === "") return pictures[0]?.name ?? "";
  return words.length > 60 ? `${words.slice(0, 57).trimEnd()}...` : words;
}

/**
 * The request for the answer to the last message.
 *
 * @param {Conversation} conversation @param {import("../keep/settings.js").Settings} settings @param {string} model
 */
export function request(conversation, settings, model) {
  const messages = settings.system ? [{ role: "system", content: settings.system }] : [];
  for (const turn of conversation.turns) {
    messages.push({ role: "user", content: content(turn) });
    if (turn.answer?.text) messages.push({ role: "assistant", content: turn.answer.text });
  }
  const body = { model, messages };
  if (settings.temperature !== null) body.temperature = settings.temperature;
  if (settings.topP !== null) body.top_p = settings.topP;
  if (settings.maxTokens !== null) body.max_tokens = settings.maxTokens;
  if (settings.seed !== null) body.seed = settings.seed;
  if (settings.schema !== null) {
    body.response_format = {
      type: "json_schema", json_schema: { name: "answer", strict: true, schema: settings.schema },
    };
  }
  return body;
}

/** A message's content: pictures first, as the models were trained. */
function content(turn) {
  if (turn.pictures.length === 0) return turn.question;
  const parts = turn.pictures.map((picture) => ({ type: "image_url", image_url: { url: picture.url } }));
  return turn.question ? [...parts, { type: "text", text: turn.question }] : parts;
}
