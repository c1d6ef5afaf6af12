// The list of cases: filters, keyboard, folds. Rows are made as they come into view, so that many cases cost no more than few.

const index = JSON.parse(document.getElementById("index").textContent);
const BATCH = 60;
const IN_COLUMNS = 4; // more subjects than this flow like words
const AHEAD_PX = 800;
const ANY_BAD = "not as expected";
const byId = (id) => document.getElementById(id);
const chosen = { text: "", subject: "", area: "", words: new Set() };
const haystacks = index.cases.map((row) => {
  const whys = row[6].map((verdict) => (verdict ? index.whys[verdict[1]] : ""));
  return [row[0], ...row[3], ...whys].join("\n").toLowerCase();
});
let matches = [];
let made = 0;

const shownVerdicts = (row) => row[6].filter((verdict, at) => verdict && (!chosen.subject || index.subjects[at] === chosen.subject));
const isOf = (verdict, word) => (word === ANY_BAD ? verdict[2] : index.words[verdict[0]] === word);

function fits(row, number, words) {
  if (chosen.area && row[1] !== chosen.area) return false;
  if (!chosen.text.split(/\s+/).every((part) => haystacks[number].includes(part))) return false;
  const verdicts = shownVerdicts(row);
  return verdicts.length > 0 && (!words.size || verdicts.some((verdict) => [...words].some((word) => isOf(verdict, word))));
}

function render() {
  matches = index.cases.flatMap((row, number) => (fits(row, number, chosen.words) ? [number] : []));
  made = 0;
  byId("list").replaceChildren();
  more();
  fill();
  const all = index.cases.length.toLocaleString("en");
  byId("count").textContent = matches.length === index.cases.length ? `${all} cases` : `${matches.length.toLocaleString("en")} of ${all} cases`;
  if (!matches.length) byId("list").append(make("p", { className: "empty" }, "No case fits the filter."));
  countWords();
}

// Of each word, how many cases there would be if it were the only one chosen.
function countWords() {
  for (const button of byId("words").children) {
    const only = new Set([button.dataset.word]);
    const n = index.cases.filter((row, number) => fits(row, number, only)).length;
    button.lastChild.textContent = n.toLocaleString("en");
    button.setAttribute("aria-pressed", chosen.words.has(button.dataset.word));
  }
}

function more(n = BATCH) {
  const end = Math.min(made + n, matches.length);
  const rows = matches.slice(made, end).map(rowOf);
  made = end;
  byId("list").append(...rows);
}

// Rows are there before the reader is.
function fill() {
  while (made < matches.length && byId("list").getBoundingClientRect().bottom < innerHeight + AHEAD_PX) more();
}

function rowOf(number) {
  const row = index.cases[number];
  const of = row[6].map((verdict, at) => {
    const word = verdict ? index.words[verdict[0]] : "";
    const name = index.subjects[at];
    const style = index.subjects.length > 1 && index.subjects.length <= IN_COLUMNS ? `--wide:${name.length + 12}` : "";
    return make("span", { className: `chip v-${word}${verdict && verdict[2] ? " bad" : ""}`, "data-subject": name, style }, word || "-");
  });
  const why = row[6].find((verdict) => verdict && verdict[2]) || shownVerdicts(row).find((verdict) => index.whys[verdict[1]]);
  const head = make("button", { type: "button", className: "head", "aria-expanded": false },
    make("span", { className: "id" }, row[0]), make("span", { className: "chips" }, ...of),
    why ? make("span", { className: "why" }, index.whys[why[1]]) : null);
  head.addEventListener("click", () => toggle(item));
  const item = make("article", { className: index.subjects.length > IN_COLUMNS ? "row many" : "row", "data-number": number }, head);
  return item;
}

async function toggle(item, open = item.firstChild.getAttribute("aria-expanded") !== "true") {
  item.firstChild.setAttribute("aria-expanded", open);
  const number = Number(item.dataset.number);
  if (!open) {
    item.lastChild !== item.firstChild && item.lastChild.remove();
    history.replaceState(null, "", location.pathname + location.search);
    return;
  }
  history.replaceState(null, "", `#${encodeURI(index.cases[number][0])}`);
  const detail = await detailOf(index, number);
  if (item.children.length === 1 && item.firstChild.getAttribute("aria-expanded") === "true") {
    item.append(caseOf(index, index.cases[number], detail));
  }
}

// The list opens at the case of the address.
function follow() {
  const id = decodeURI(location.hash.slice(1));
  const number = index.cases.findIndex((row) => row[0] === id);
  if (number < 0) return;
  if (!matches.includes(number)) reset();
  while (made <= matches.indexOf(number)) more();
  const item = byId("list").querySelector(`[data-number="${number}"]`);
  toggle(item, true).then(() => item.scrollIntoView());
  item.firstChild.focus({ preventScroll: true });
}

function reset() {
  Object.assign(chosen, { text: "", subject: "", area: "", words: new Set() });
  for (const id of ["text", "subject", "area"]) byId(id).value = "";
  render();
}

function choose(area, subject, word) {
  Object.assign(chosen, { text: "", area, subject, words: new Set(word ? [word] : []) });
  byId("text").value = "";
  byId("area").value = area;
  byId("subject").value = subject;
  render();
}

function move(step) {
  const heads = [...byId("list").querySelectorAll(".head")];
  const here = document.activeElement.closest(".row");
  const at = here ? heads.indexOf(here.firstChild) : step > 0 ? -1 : heads.length;
  if (at + step >= heads.length) more();
  const next = byId("list").querySelectorAll(".head")[at + step];
  if (next) {
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  "/": () => byId("text").focus(),
  Escape: () => {
    const item = document.activeElement.closest(".row");
    if (!item) return;
    toggle(item, false);
    item.firstChild.focus();
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const typing = event.target.matches("input, select");
  if (typing && event.target.id === "text" && (event.key === "Escape" || event.key === "ArrowDown" || event.key === "Enter")) {
    event.preventDefault();
    if (event.key === "Escape" && chosen.text) setText("");
    else move(1);
    return;
  }
  const arrow = event.key.startsWith("Arrow");
  const inList = event.target.classList && event.target.classList.contains("head");
  if (typing || !KEYS[event.key] || (arrow && !inList)) return;
  event.preventDefault();
  KEYS[event.key]();
});

function setText(text) {
  if (byId("text").value !== text) byId("text").value = text;
  chosen.text = text.trim().toLowerCase();
  render();
}

function themes() {
  const button = byId("theme");
  const order = ["auto", "dark", "light"];
  const set = (name) => {
    document.documentElement.dataset.theme = name;
    button.lastElementChild.textContent = name;
  };
  const keep = (name) => {
    try {
      if (name) localStorage.setItem("fleproof-theme", name);
      return localStorage.getItem("fleproof-theme");
    } catch {
      return name;
    }
  };
  set(order.includes(keep()) ? keep() : "auto");
  button.addEventListener("click", () => {
    const next = order[(order.indexOf(document.documentElement.dataset.theme) + 1) % order.length];
    set(next);
    keep(next);
  });
}

function start() {
  themes();
  byId("subject").append(...index.subjects.map((name) => make("option", { value: name }, name)));
  byId("area").append(...[...new Set(index.cases.map((row) => row[1]))].sort().map((name) => make("option", { value: name }, name)));
  const present = new Set(index.cases.flatMap((row) => row[6].map((verdict) => verdict && index.words[verdict[0]])));
  const anyBad = index.cases.some((row) => row[6].some((verdict) => verdict && verdict[2]));
  for (const word of [...(anyBad ? [ANY_BAD] : []), ...index.words.filter((name) => present.has(name))]) {
    const button = make("button", { type: "button", "data-word": word, className: `v-${word.replaceAll(" ", "-")}` }, word, " ", make("span", {}));
    button.addEventListener("click", () => {
      if (!chosen.words.delete(word)) chosen.words.add(word);
      render();
    });
    byId("words").append(button);
  }
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  byId("text").addEventListener("input", (event) => setText(event.target.value));
  for (const id of ["subject", "area"]) {
    byId(id).addEventListener("change", (event) => {
      chosen[id] = event.target.value;
      render();
    });
  }
  for (const button of document.querySelectorAll("table.areas button")) {
    button.addEventListener("click", () => {
      choose(button.dataset.area, button.dataset.subject, button.dataset.word);
      byId("cases").focus();
    });
  }
  if (anyBad) chosen.words.add(ANY_BAD);
  render();
  performance.mark("listed"); // how long a reader waits for the first cases
  for (const what of ["scroll", "resize"]) addEventListener(what, fill, { passive: true });
  addEventListener("hashchange", follow);
  addEventListener("DOMContentLoaded", follow);
  addEventListener("beforeprint", () => more(matches.length));
}

start();
