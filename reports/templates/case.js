// The fold of one case: its rule in words, how to run it again, and for each subject the differences and the conversation.

const CALM = ["unsupported", "pass"]; // verdicts that a reader opens last
const chunks = new Map();

// Details lie packed in chunks at the end of the page; one is opened when the first of its cases is.
async function detailOf(index, number) {
  const which = Math.floor(number / index.chunk);
  if (!chunks.has(which)) chunks.set(which, unpackChunk(document.getElementById(`chunk-${which}`).textContent));
  return (await chunks.get(which))[number % index.chunk];
}

async function unpackChunk(text) {
  const stream = new Blob([unpack(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

function caseOf(index, row, detail) {
  const [id, , level, rules, file, line] = row;
  const where = make("p", { className: "where" }, file ? make("code", {}, `${file}:${line}`) : "", ` level ${level}`);
  const told = make("dl", { className: "rules" });
  for (const rule of rules) {
    const [ruleLevel, words, source] = index.rules[rule] || ["", "not in the catalogue", ""];
    told.append(make("dt", {}, rule), make("dd", {}, words, make("small", {}, ` ${[ruleLevel, source].filter(Boolean).join(", ")}`)));
  }
  const box = make("div", { className: "case" }, where, told);
  if (detail.explain) box.append(make("p", { className: "explain" }, detail.explain));
  if (detail.breaks) box.append(make("p", {}, "Breaks ", make("b", {}, detail.breaks), detail.mend ? `; mended by ${detail.mend}` : ""));
  box.append(tabsOf(index, row, detail));
  if (detail.given.length) {
    const given = detail.given.map(([label, text]) => lineOf([label, text]));
    box.append(make("details", { className: "given" }, make("summary", {}, "Given: handle and world"), ...given));
  }
  box.setAttribute("aria-label", id);
  return box;
}

function command(text) {
  const copy = make("button", { type: "button", className: "quiet" }, "copy");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(copy.previousSibling);
    }
  });
  return make("div", { className: "command" }, make("code", {}, text), copy);
}

// One panel a subject; the worst verdict is in front.
function tabsOf(index, row, detail) {
  const present = index.subjects.map((name, at) => [name, row[6][at]]).filter(([name, verdict]) => verdict && detail.subjects[name]);
  const tabs = make("div", { className: "tabs", role: "tablist", "aria-label": "Subjects" });
  const panel = make("div", { className: "panel", role: "tabpanel", tabIndex: 0 });
  const show = (at, focus) => {
    [...tabs.children].forEach((tab, i) => {
      tab.setAttribute("aria-selected", i === at);
      tab.tabIndex = i === at ? 0 : -1;
    });
    if (focus) tabs.children[at].focus();
    const [name, verdict] = present[at];
    panel.replaceChildren(...panelOf(index, name, verdict, detail));
    panel.setAttribute("aria-label", name);
  };
  present.forEach(([name, verdict], at) => {
    const word = index.words[verdict[0]];
    const tab = make("button", { type: "button", role: "tab" }, name, " ", make("span", { className: `v-${word}` }, word));
    tab.addEventListener("click", () => show(at, false));
    tabs.append(tab);
  });
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    show((present.findIndex((_, i) => tabs.children[i].tabIndex === 0) + step + present.length) % present.length, true);
  });
  if (present.length) {
    const calm = present.map(([, verdict]) => (verdict[2] ? -2 : CALM.indexOf(index.words[verdict[0]])));
    show(calm.indexOf(Math.min(...calm)), false);
  }
  return make("div", {}, tabs, panel);
}

function panelOf(index, name, verdict, detail) {
  const of = detail.subjects[name];
  const told = [];
  if (of.cause || of.reason) {
    told.push(make("p", { className: `reason v-${index.words[verdict[0]]}` }, [of.cause, of.reason].filter(Boolean).join(": ")));
  }
  told.push(...of.differences.map((difference) => differenceOf(difference, detail)));
  told.push(make("div", { className: "again" }, ...detail.again.concat(of.again).map(command)));
  if (of.turns.length) told.push(conversationOf(of.turns, detail));
  return told;
}

function segmentsOf(label, segments) {
  const text = make("pre", {});
  for (const [piece, differs] of segments || []) text.append(differs ? make("mark", {}, piece) : piece);
  if (!segments) text.append(make("i", {}, "nothing"));
  return make("div", { className: `value ${label}` }, make("h5", {}, label), text);
}

function differenceOf(difference, detail) {
  const box = make("section", { className: "difference" },
    make("h4", {}, make("code", {}, difference.at), " ", difference.why));
  const sides = [segmentsOf("expected", difference.expected), segmentsOf("actual", difference.actual)];
  if (difference.expected || difference.actual) box.append(make("div", { className: "sides" }, ...sides));
  if (difference.pair !== null) box.append(bytesOfPair(detail.dumps[difference.pair]));
  else if (difference.bytes !== null) box.append(bytesOf("", detail.dumps[difference.bytes]));
  return box;
}

function conversationOf(turns, detail) {
  const list = make("ol", { className: "turns" });
  for (const [kind, title, says, happened, differs] of turns) {
    const item = make("li", { className: `turn k-${kind}${differs.length ? " differs" : ""}` }, make("h5", {}, ...breakable(title)));
    item.append(
      make("div", { className: "says" }, ...says.map(lineOf)),
      make("div", { className: "happened" }, ...happened.map((line) => withBytes(lineOf(line), line, item, detail))));
    list.append(item);
  }
  const head = make("div", { className: "turn heads", "aria-hidden": true },
    make("span", {}, "conversation"), make("span", {}, "the case says"), make("span", {}, "what happened"));
  return make("div", { className: "conversation" }, head, list);
}

// A long name may go on in the next line behind its underscores.
const breakable = (name) => name.split(/(?<=_)/).flatMap((piece) => [piece, make("wbr")]);

function lineOf([label, text]) {
  return make("div", { className: "line" }, make("span", { className: "label" }, label), make("pre", {}, text));
}

// The bytes of a value unfold below its turn, where they have the whole width.
function withBytes(line, [label, , dump], turn, detail) {
  if (dump === null) return line;
  const open = make("button", { type: "button", className: "quiet unfold", "aria-expanded": false }, "bytes");
  let table = null;
  open.addEventListener("click", () => {
    open.setAttribute("aria-expanded", table === null);
    if (table) table.remove();
    table = table ? null : bytesOf(label, detail.dumps[dump]);
    if (table) turn.append(table);
  });
  line.append(open);
  return line;
}
