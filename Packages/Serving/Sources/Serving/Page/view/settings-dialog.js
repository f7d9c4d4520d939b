// The dialog with the settings, and the switch between light and dark.
import { emptyFields, keepFields, keepKey, keptFields, keptKey, settingsFrom } from "../keep/settings.js";
import { announce, byID, icon } from "./dom.js";

/** The fields of the dialog, by name. */
const fieldIDs = { system: "system", temperature: "temperature", topP: "top-p", maxTokens: "max-tokens", seed: "seed", schema: "schema" };

/** The settings and their dialog. */
export class SettingsDialog {
  /** @param {() => void} changed called after new settings were saved */
  constructor(changed) {
    this.fields = keptFields();
    this.key = keptKey().key;
    byID("close-settings").addEventListener("click", () => byID("settings").close());
    byID("reset-settings").addEventListener("click", () => this.#fill(emptyFields));
    byID("settings-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#save()) changed();
    });
  }

  /** The checked settings. */
  get settings() {
    return settingsFrom(this.fields).settings;
  }

  open() {
    const { key, isKept } = keptKey();
    this.#fill(this.fields);
    byID("api-key").value = key;
    byID("keep-key").checked = isKept;
    this.#tell(null);
    byID("settings").showModal();
  }

  #fill(fields) {
    for (const [name, id] of Object.entries(fieldIDs)) byID(id).value = fields[name];
    this.#tell(null);
  }

  #save() {
    const fields = Object.fromEntries(Object.entries(fieldIDs).map(([name, id]) => [name, byID(id).value]));
    const result = settingsFrom(fields);
    if (result.problem) {
      this.#tell(result.problem, result.field);
      return false;
    }
    this.fields = fields;
    this.key = byID("api-key").value.trim();
    keepFields(fields);
    keepKey(this.key, byID("keep-key").checked);
    byID("settings").close();
    announce("Settings saved");
    return true;
  }

  /** Shows what is wrong with a field, or that nothing is. */
  #tell(problem, field = null) {
    byID("settings-problem").hidden = problem === null;
    byID("settings-problem").textContent = problem ?? "";
    for (const [name, id] of Object.entries(fieldIDs)) {
      byID(id).setAttribute("aria-invalid", String(name === field));
      if (name === field) byID(id).focus();
    }
  }
}

const themes = [
  ["system", "screen", "as the system"],
  ["light", "sun", "light"],
  ["dark", "moon", "dark"],
];

/** Makes a button the switch of the color scheme: system, light, dark. */
export function watchTheme(button) {
  const current = () => document.documentElement.dataset.theme ?? "system";
  const show = () => {
    const [, shape, name] = themes.find(([theme]) => theme === current());
    button.replaceChildren(icon(shape));
    button.setAttribute("aria-label", `Colors: ${name}`);
    button.title = `Colors: ${name}`;
  };
  button.addEventListener("click", () => {
    const next = themes[(themes.findIndex(([theme]) => theme === current()) + 1) % themes.length][0];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    localStorage.setItem("r1.theme", next);
    show();
  });
  show();
}
