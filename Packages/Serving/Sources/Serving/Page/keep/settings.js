// The reader's settings: checked values, kept in this browser.

/**
 * @typedef {object} Settings null means the default of the model
 * @property {string} system @property {number|null} temperature @property {number|null} topP
 * @property {number|null} maxTokens @property {number|null} seed @property {object|null} schema
 */

/** The texts of the fields of the settings, all empty. */
export const emptyFields = { system: "", temperature: "", topP: "", maxTokens: "", seed: "", schema: "" };

const place = "r1.settings";
const keyPlace = "r1.key";

/**
 * The settings that the texts of the fields mean.
 *
 * @returns {{settings: Settings}|{problem: string, field: string}} the problem says what was expected
 */
export function settingsFrom(fields) {
  const settings = { system: fields.system.trim() === "" ? "" : fields.system, schema: null };
  const rules = [
    ["temperature", "Temperature", "a number from 0 to 2", (value) => value >= 0 && value <= 2],
    ["topP", "Top p", "a number above 0, at most 1", (value) => value > 0 && value <= 1],
    ["maxTokens", "Most tokens of an answer", "a whole number from 1", (value) => value >= 1 && Number.isSafeInteger(value)],
    ["seed", "Seed", "a whole number from 0", (value) => value >= 0 && Number.isSafeInteger(value)],
  ];
  for (const [field, name, expected, isValid] of rules) {
    const text = fields[field].trim();
    const value = text === "" ? null : Number(text);
    if (value !== null && !isValid(value)) return { problem: `${name}: expected ${expected}, found "${text}".`, field };
    settings[field] = value;
  }
  if (fields.schema.trim() !== "") {
    try {
      settings.schema = JSON.parse(fields.schema);
    } catch (error) {
      return { problem: `JSON schema: not valid JSON (${error.message}).`, field: "schema" };
    }
    if (settings.schema === null || typeof settings.schema !== "object" || Array.isArray(settings.schema)) {
      return { problem: 'JSON schema: expected an object such as {"type": "object"}.', field: "schema" };
    }
  }
  return { settings };
}

/** The kept texts of the fields; empty ones when nothing usable is kept. */
export function keptFields() {
  const kept = read(localStorage, place);
  const fields = { ...emptyFields };
  for (const name of Object.keys(fields)) if (typeof kept?.[name] === "string") fields[name] = kept[name];
  return "problem" in settingsFrom(fields) ? { ...emptyFields } : fields;
}

export function keepFields(fields) {
  localStorage.setItem(place, JSON.stringify(fields));
}

/** The API key and whether it outlives the tab. @returns {{key: string, isKept: boolean}} */
export function keptKey() {
  const key = read(localStorage, keyPlace);
  if (typeof key === "string") return { key, isKept: true };
  const ofTab = read(sessionStorage, keyPlace);
  return { key: typeof ofTab === "string" ? ofTab : "", isKept: false };
}

export function keepKey(key, isKept) {
  localStorage.removeItem(keyPlace);
  sessionStorage.removeItem(keyPlace);
  if (key) (isKept ? localStorage : sessionStorage).setItem(keyPlace, JSON.stringify(key));
}

function read(storage, name) {
  try {
    return JSON.parse(storage.getItem(name) ?? "null");
  } catch {
    return null; // Written by something else: as if nothing were kept.
  }
}
