import { chat } from "./chat.js";
import "./cart.js";

// A button with data-say opens the chat and says its words there; empty words only open it.
let isMissing = false;
chat.catch(() => (isMissing = true));

document.addEventListener("click", async (click) => {
  const button = click.target.closest("[data-say]");
  if (!button || isMissing) return;
  click.preventDefault();
  const comptoir = await chat;
  await comptoir.open();
  await comptoir.send(button.dataset.say.replaceAll("\xa0", " "));
});

// The server does not know the reader's time zone; the browser does.
for (const time of document.querySelectorAll("time[data-local]")) {
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" });
  time.textContent = clock.format(new Date(time.dateTime));
}
