/**
 * Reads server-sent events until the stream ends. EventSource cannot send the token's header, fetch can.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @param {(event: {type: string, data: string}) => void} onEvent
 * @param {() => void} onBytes also called for heartbeats
 */
export async function readServerSentEvents(body, onEvent, onBytes) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    text = (text + decoder.decode(value, { stream: true })).replace(/\r\n/g, "\n");
    const blocks = text.split("\n\n");
    text = blocks.pop();
    blocks.map(parseBlock).filter(({ data }) => data).forEach(onEvent);
  }
}

function parseBlock(block) {
  const event = { type: "message", data: "" };
  for (const line of block.split("\n")) {
    const [, field, value] = /^(event|data): ?(.*)$/.exec(line) ?? [];
    if (field === "event") event.type = value;
    if (field === "data") event.data += (event.data && "\n") + value;
  }
  return event;
}
