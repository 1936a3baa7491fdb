/**
 * Reads server-sent events, whose data the shop writes on one line each, until the stream ends. EventSource cannot send the token's header, fetch can.
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
    for (const block of blocks) {
      const [type = "message", data] = ["event", "data"].map((name) => block.match(`(?:^|\n)${name}: (.*)`)?.[1]);
      if (data) onEvent({ type, data });
    }
  }
}
