// The widget's interface, once its script has run. Rejects if that cannot be had.
export const chat = new Promise((resolve, reject) => {
  const look = () => window.Comptoir && resolve(window.Comptoir);
  look();
  document.querySelector("script[data-shop]").addEventListener("load", look);
  // The page has loaded when all its scripts have, or have failed.
  const giveUp = () => look() || reject(new Error("the chat is missing"));
  if (document.readyState === "complete") giveUp();
  else addEventListener("load", giveUp);
});
chat.catch(() => {});
