import en from "../texts/en.yml";
import es from "../texts/es.yml";
import fr from "../texts/fr.yml";

const texts = { en, fr, es };

/** The first of the wanted languages that has texts: "fr-CA" is served in French. */
export function chooseLanguage(...wanted) {
  return wanted.map((tag) => tag?.slice(0, 2).toLowerCase()).find((code) => texts[code]) ?? "en";
}

export function textsOf(language) {
  return texts[language];
}

/** @param {Record<string, string>} words */
export function counted(words, key, count) {
  return words[`${key}_${count === 1 ? "one" : "many"}`].replace("{count}", count);
}
