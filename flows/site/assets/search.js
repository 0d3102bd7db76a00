// Search by code or words in search.txt: a line for each code, "code <tab> name <tab> further words".
const MOST = 8;
let lines;

async function load(root) {
  lines ??= fetch(`${root}search.txt`).then((answer) => {
    if (!answer.ok) throw new Error(`search.txt: ${answer.status}`);
    return answer.text();
  }).then((text) => text.trimEnd().split("\n").map((line) => {
    const [code, name, more] = line.split("\t");
    return { code, name, words: `${name} ${more ?? ""}`.toLowerCase() };
  }));
  return lines;
}

function rank(entry, parts) {
  if (!parts.every((part) => entry.words.includes(part))) return -1;
  const starts = parts.filter((part) => ` ${entry.words}`.includes(` ${part}`)).length;
  return 1 + starts + (entry.words.startsWith(parts[0]) ? 1 : 0);
}

export async function find(root, query, most) {
  const entries = await load(root);
  const text = query.trim();
  if (!text) return [];
  const byCode = entries.filter((entry) => entry.code.startsWith(text.toUpperCase()));
  const parts = text.toLowerCase().split(/\s+/);
  const byWords = text.length < 2 ? [] : entries
    .map((entry) => [rank(entry, parts), entry])
    .filter(([score]) => score > 0)
    .sort(([a], [b]) => b - a)
    .map(([, entry]) => entry);
  return [...new Set([...byCode, ...byWords])].slice(0, most);
}

const page = (root, entry) => `${root}codes/${entry.code}.html`;

function part(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function option(entry, number) {
  const made = document.createElement("li");
  made.id = `hit-${number}`;
  made.role = "option";
  const code = part("b", entry.code);
  code.className = "code";
  made.append(code, part("span", entry.name));
  return made;
}

export function startSearch(root) {
  const field = document.getElementById("q");
  const list = document.getElementById("hits");
  let shown = [];
  let at = -1;
  let asked = 0;
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", "hits"], ["aria-autocomplete", "list"]]) {
    field.setAttribute(name, value);
  }

  const mark = (to) => {
    at = to;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `hit-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const show = (entries) => {
    shown = entries;
    list.replaceChildren(...entries.map(option));
    list.hidden = entries.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
  };

  field.addEventListener("focus", () => load(root).catch(() => {}), { once: true });
  field.addEventListener("input", async () => {
    const mine = ++asked;
    const entries = await find(root, field.value, MOST).catch(() => []);
    if (mine === asked) show(entries);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && shown.length) mark((at + 1) % shown.length);
    else if (event.key === "ArrowUp" && shown.length) mark((at - 1 + shown.length) % shown.length);
    else if (event.key === "Escape") show([]);
    else return;
    event.preventDefault();
  });
  field.form.addEventListener("submit", (event) => {
    const exact = shown.find((entry) => entry.code === field.value.trim().toUpperCase());
    const chosen = shown[at] ?? exact ?? (shown.length === 1 ? shown[0] : undefined);
    if (!chosen) return;
    event.preventDefault();
    location.assign(page(root, chosen));
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const entry = shown[[...list.children].indexOf(event.target.closest("li"))];
    if (entry) location.assign(page(root, entry));
  });
  field.addEventListener("blur", () => show([]));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "")) {
      event.preventDefault();
      field.focus();
    }
  });
  if (document.getElementById("results")) showAll(root);
}

async function showAll(root) {
  const query = new URLSearchParams(location.search).get("q") ?? "";
  const said = document.getElementById("found");
  if (!query.trim()) return;
  document.getElementById("q").value = query;
  try {
    const entries = await find(root, query, 100);
    said.textContent = entries.length
      ? `${entries.length === 100 ? "The first 100" : entries.length} ${entries.length === 1 ? "code" : "codes"} for “${query}”.`
      : `No code for “${query}”.`;
    document.getElementById("results").replaceChildren(...entries.map((entry) => {
      const item = document.createElement("li");
      const link = part("a", "");
      link.href = page(root, entry);
      link.append(part("b", entry.code), ` ${entry.name}`);
      item.append(link);
      return item;
    }));
  } catch {
    said.textContent = "The list of codes could not be loaded. Browse by section instead.";
  }
}
