// One question on its way: the answer while it arrives, its times, waiting while the server is busy.
import { ServerError } from "./api.js";
import { parts } from "./answer.js";
import { emptyAnswer } from "./conversation.js";

/** A busy server is asked again this often before the reader has to decide. */
const mostRetries = 5;

/**
 * Asks for an answer until it is there, was stopped, or failed.
 *
 * @param {import("./api.js").Server} server
 * @param {object} request a chat completion request
 * @param {AbortSignal} signal
 * @param {(answer: object, waiting: number|null) => void} show called for each change; `waiting` are the seconds until
 *   a busy server is asked again
 * @returns {Promise<{answer: object, boxes: unknown, error: ServerError|null}>} `boxes` as the server sent them
 */
export async function exchange(server, request, signal, show) {
  for (let retry = 0; ; retry += 1) {
    const result = await attempt(server, request, signal, show);
    const wait = result.error?.retryAfter ?? null;
    if (wait === null || result.answer.text !== "" || retry === mostRetries) return result;
    for (let left = Math.max(wait, 1); left > 0; left -= 1) {
      show(emptyAnswer(), left);
      await pause(1000, signal);
      if (signal.aborted) return { ...result, answer: { ...emptyAnswer(), finish: "stopped" }, error: null };
    }
    show(emptyAnswer(), null);
  }
}

async function attempt(server, request, signal, show) {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  let answer = { ...emptyAnswer(), model: request.model };
  let [last, boxes, error] = [0, null, null];
  const numbers = (changes) => ({ ...answer.numbers, ...changes });
  try {
    for await (const piece of server.answer(request, signal)) {
      if (piece.model !== undefined) answer = { ...answer, model: piece.model, version: piece.version };
      if (piece.finish !== undefined) answer = { ...answer, finish: piece.finish };
      if (piece.boxes !== undefined) boxes = piece.boxes;
      if (piece.text !== undefined) {
        last = seconds();
        answer = { ...answer, text: answer.text + piece.text, numbers: numbers({ first: answer.numbers.first ?? last }) };
        const { thinking, isThinking } = parts(answer.text);
        if (thinking !== null && !isThinking && answer.numbers.thinking === null) {
          answer = { ...answer, numbers: numbers({ thinking: last }) };
        }
      }
      if (piece.usage !== undefined) {
        const completion = piece.usage.completion_tokens ?? null;
        const span = last - (answer.numbers.first ?? last);
        answer = {
          ...answer,
          numbers: numbers({
            prompt: piece.usage.prompt_tokens ?? null, completion,
            cached: piece.usage.prompt_tokens_details?.cached_tokens ?? null,
            rate: completion > 1 && span > 0 ? (completion - 1) / span : null,
          }),
        };
      }
      show(answer, null);
    }
    answer = { ...answer, finish: answer.finish ?? "stop" };
  } catch (thrown) {
    if (signal.aborted) {
      answer = { ...answer, finish: "stopped" };
    } else if (thrown instanceof ServerError) {
      error = thrown;
      answer = { ...answer, finish: "failed", error: { title: thrown.title, message: thrown.message } };
    } else {
      throw thrown;
    }
  }
  return { answer: { ...answer, numbers: numbers({ total: seconds() }) }, boxes, error };
}

/** Waits; ends early when the signal aborts. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
