// The chat's own words, of one language at a time. The build writes a file for each and names them in TEXTS.

const files = TEXTS;
const texts = {};

/** The first of the wanted languages that has texts: "fr-CA" is served in French. */
export function chooseLanguage(...wanted) {
  return wanted.map((tag) => tag?.slice(0, 2).toLowerCase()).find((code) => files[code]) ?? "en";
}

/** @returns {Promise<Record<string, string>>} tried again until it succeeds: without words there is nothing to show */
export async function textsOf(language) {
  while (!texts[language]) {
    try {
      texts[language] = await (await fetch(new URL(files[language], import.meta.url))).json();
    } catch {
      await new Promise((again) => setTimeout(again, 2_000));
    }
  }
  return texts[language];
}

/** @param {Record<string, string>} words */
export function counted(words, key, count) {
  return words[`${key}_${count === 1 ? "one" : "many"}`].replace("{count}", count);
}
