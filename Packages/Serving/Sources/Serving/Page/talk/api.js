// The server's OpenAI-compatible API.
import { eventData } from "./events.js";

/** An error of the server, or of the way to it, in words for a reader. */
export class ServerError extends Error {
  /**
   * @param {string} title what happened, in a few words
   * @param {string} message the server's own text, or an explanation
   * @param {{status?: number, retryAfter?: number, param?: string|null}} details `retryAfter` in seconds
   */
  constructor(title, message, details = {}) {
    super(message);
    this.title = title;
    this.status = details.status ?? 0;
    this.retryAfter = details.retryAfter ?? null;
    this.param = details.param ?? null;
  }
}

/** Waits of more than this many seconds are not worth a countdown. */
const longestWait = 600;

/** The server that this page came from. */
export class Server {
  /** @param {() => string} key gives the API key to send, or an empty text */
  constructor(key) {
    this.key = key;
  }

  /** Whether the server is ready, and the text of its answer when it is not. */
  async health() {
    const response = await this.#send("health", {});
    return { ready: response.ok, status: response.status };
  }

  /** The names of the models. @returns {Promise<string[]>} */
  async models() {
    const reply = await this.#json("v1/models", {});
    return (reply.data ?? []).map((model) => String(model.id));
  }

  /**
   * What the model will see of a picture.
   *
   * @param {string} url a data URL
   * @returns {Promise<{width: number, height: number, tokens: number}>} the size after the resize
   */
  async plan(url, model) {
    const reply = await this.#json("v1/vision/plan", post({ model, image_url: { url } }));
    const { width, height } = reply.resized ?? {};
    if (!(width > 0 && height > 0)) throw new ServerError("Unexpected reply", "The plan of a picture has no size.");
    return { width, height, tokens: Number(reply.tokens) };
  }

  /**
   * Asks for an answer and yields what arrives: `{text}`, `{finish}`, `{usage}`, `{boxes}`,
   * `{model, version}`.
   *
   * @param {object} body a chat completion request without `stream`
   * @param {AbortSignal} signal stops the answer
   */
  async *answer(body, signal) {
    const request = post({ ...body, stream: true, stream_options: { include_usage: true } });
    const response = await this.#send("v1/chat/completions", { ...request, signal });
    if (!response.ok) throw await serverError(response);
    let isComplete = false;
    try {
      for await (const data of eventData(response.body)) {
        if (data === "[DONE]") {
          isComplete = true;
          break;
        }
        yield* pieces(parsed(data));
      }
    } catch (error) {
      if (error.name === "AbortError" || error instanceof ServerError) throw error;
      throw new ServerError("Connection lost", "The connection broke before the answer was complete.");
    }
    if (!isComplete) throw new ServerError("Connection lost", "The answer ended before it was complete.");
  }

  async #json(path, options) {
    const response = await this.#send(path, options);
    if (!response.ok) throw await serverError(response);
    try {
      return await response.json();
    } catch {
      throw new ServerError("Unexpected reply", `The server's reply to ${path} is not JSON.`);
    }
  }

  async #send(path, options) {
    const headers = { ...options.headers };
    if (this.key()) headers.Authorization = `Bearer ${this.key()}`;
    try {
      return await fetch(new URL(path, document.baseURI), { ...options, headers, cache: "no-store" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ServerError("No connection", "The server cannot be reached. It may have stopped, or the network is down.");
    }
  }
}

function post(body) {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    throw new ServerError("Unexpected reply", "A part of the answer is not JSON.");
  }
}

/** What one chunk of a stream says. */
function* pieces(chunk) {
  if (chunk.error) throw new ServerError("The server failed", String(chunk.error.message ?? "No reason was given."));
  if (chunk.model) yield { model: String(chunk.model), version: String(chunk.system_fingerprint ?? "") };
  const choice = chunk.choices?.[0];
  if (choice?.delta?.content) yield { text: choice.delta.content };
  if (choice?.finish_reason) yield { finish: choice.finish_reason };
  if (chunk.usage) yield { usage: chunk.usage };
  if (chunk.r1?.boxes) yield { boxes: chunk.r1.boxes };
}

const titles = {
  400: "The server refused the request",
  401: "An API key is needed",
  403: "Access denied",
  404: "Not found",
  408: "The request took too long",
  413: "Too large",
  422: "The server refused the request",
  429: "The server is busy",
  500: "The server failed",
  503: "The server is not ready",
};

/** The error that a response carries. */
async function serverError(response) {
  let message = "";
  let param = null;
  try {
    const { error } = await response.json();
    message = String(error?.message ?? "");
    // The message of a field does not name it.
    if (typeof error?.param === "string") message = `${error.param}: ${message}`;
    param = error?.param ?? null;
  } catch {
    // A proxy may answer with HTML: the status says what is known.
  }
  const title = titles[response.status] ?? `Error ${response.status}`;
  return new ServerError(title, message || `The server answered with status ${response.status}.`, {
    status: response.status, retryAfter: retryAfter(response.headers.get("Retry-After")), param,
  });
}

/** The seconds in a `Retry-After` header, given as a number or as a date; null without one. */
export function retryAfter(header, now = Date.now()) {
  if (header === null) return null;
  const seconds = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), longestWait) : null;
}
