// A button with data-say opens the chat and says its words there; empty words only open it.
const widget = document.querySelector("script[src='/widget/comptoir.js']");
const arrived = new Promise((resolve) => {
  if (window.Comptoir) resolve();
  else widget.addEventListener("load", resolve, { once: true });
});
let isMissing = false;
widget.addEventListener("error", () => (isMissing = true), { once: true });

document.addEventListener("click", async (click) => {
  const button = click.target.closest("[data-say]");
  if (!button || isMissing) return;
  click.preventDefault();
  await arrived;
  await window.Comptoir.open();
  await window.Comptoir.send(button.dataset.say.replaceAll("\xa0", " "));
});

// The server does not know the reader's time zone; the browser does.
for (const time of document.querySelectorAll("time[data-local]")) {
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" });
  time.textContent = clock.format(new Date(time.dateTime));
}
