// Annotated bytes as tables: a row a part, its name by depth, its meaning, its bytes; of two values, what differs is marked.

const make = (tag, properties, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

const GROUP = 8; // bytes that never part; two groups stand in a line where there is room
const SAME_SHOWN = 4; // a longer run of equal parts is folded

const unpack = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const hex = (byte) => byte.toString(16).padStart(2, "0");

// `other` are the bytes beside: those that are not the same are marked. Without it all are marked, or none.
function hexOf(chunks, other, all) {
  const cell = make("div", { className: "hex" });
  chunks.forEach((chunk, at) => {
    if (typeof chunk === "number") {
      cell.append(make("span", { className: "skipped" }, `${chunk.toLocaleString("en")} bytes not shown`));
      return;
    }
    const bytes = unpack(chunk);
    const beside = other && typeof other[at] === "string" ? unpack(other[at]) : null;
    for (let begin = 0; begin < bytes.length; begin += GROUP) {
      const group = make("span", { className: "group" });
      for (let i = begin; i < Math.min(begin + GROUP, bytes.length); i++) {
        const differs = all || (other && (!beside || i >= beside.length || beside[i] !== bytes[i]));
        if (i > begin) group.append(" ");
        group.append(differs ? make("mark", {}, hex(bytes[i])) : hex(bytes[i]));
      }
      cell.append(group);
    }
  });
  return cell;
}

const offset = (number) => number.toString(16).padStart(4, "0");

function partCell(depth, name) {
  return make("th", { scope: "row", className: "part", style: `--depth:${Math.min(depth, 12)}` }, name);
}

function tableOf(kind, headings, rows) {
  const head = make("tr", {}, ...headings.map((text) => make("th", { scope: "col" }, text)));
  return make("table", { className: `bytes ${kind}` }, make("thead", {}, head), make("tbody", {}, ...rows));
}

function bytesOf(label, rows) {
  const body = rows.map(([at, depth, name, text, chunks, differs]) =>
    make("tr", { className: differs ? "differs" : "" },
      make("td", { className: "offset" }, offset(at)), partCell(depth, name),
      make("td", { className: "text" }, text), make("td", {}, hexOf(chunks, null, false))));
  return tableOf("one", ["at", "part", label, "bytes"], body);
}

function sideCell(label, side, other, alone) {
  if (!side) return make("td", { className: "side nothing", "data-side": label }, "not there");
  return make("td", { className: "side", "data-side": label },
    side[1] ? make("div", { className: "text" }, side[1]) : null, hexOf(side[2], other ? other[2] : null, alone));
}

function pairRow([depth, name, expected, actual, differs]) {
  return make("tr", { className: differs ? "differs" : "" },
    make("td", { className: "offset" }, offset((expected || actual)[0])), partCell(depth, name),
    sideCell("expected", expected, actual, !actual), sideCell("actual", actual, expected, !expected));
}

function bytesOfPair(rows) {
  const body = [];
  for (let at = 0; at < rows.length; ) {
    let end = at;
    while (end < rows.length && !rows[end][4]) end++;
    if (end - at > SAME_SHOWN) body.push(foldedRows(rows.slice(at, end)));
    else body.push(...rows.slice(at, end).map(pairRow));
    if (end < rows.length) body.push(pairRow(rows[end]));
    at = end + 1;
  }
  return tableOf("pair", ["at", "part", "expected", "actual"], body);
}

function foldedRows(rows) {
  const open = make("button", { type: "button", className: "quiet" }, `${rows.length} parts are the same`);
  const row = make("tr", { className: "same" }, make("td", { colSpan: 4 }, open));
  open.addEventListener("click", () => row.replaceWith(...rows.map(pairRow)));
  return row;
}
