// Server-sent events: bytes of a response to the data of its events.

/**
 * Yields the data of each event of a `text/event-stream` body.
 *
 * Lines may end with LF, CR LF or CR; comment lines (keep-alives) and fields other than `data` are skipped. An event
 * that the end of the stream cuts off is not yielded, as the standard asks.
 *
 * @param {AsyncIterable<Uint8Array>|ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<string>}
 */
export async function* eventData(body) {
  let rest = "";
  let data = [];
  for await (const text of decoded(body)) {
    rest += text;
    for (;;) {
      const end = lineEnd(rest);
      if (!end) break;
      const line = rest.slice(0, end.index);
      rest = rest.slice(end.index + end[0].length);
      if (line === "") {
        if (data.length > 0) yield data.join("\n");
        data = [];
      } else if (line === "data" || line.startsWith("data:")) {
        const value = line.slice(5);
        data.push(value.startsWith(" ") ? value.slice(1) : value);
      }
    }
  }
  if (rest === "\r" && data.length > 0) yield data.join("\n");
}

/** The first line end; a CR at the very end may be half of a CR LF and waits for more. */
function lineEnd(text) {
  const end = /\r\n|\n|\r(?=[^])/.exec(text);
  return end;
}

/** The text of a stream of bytes; a character that two chunks share is put together. */
async function* decoded(body) {
  const decoder = new TextDecoder();
  if (body[Symbol.asyncIterator]) {
    for await (const bytes of body) yield decoder.decode(bytes, { stream: true });
  } else {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        yield decoder.decode(value, { stream: true });
      }
    } finally {
      reader.releaseLock();
    }
  }
  yield decoder.decode();
}
