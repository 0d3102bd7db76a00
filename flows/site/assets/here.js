// The amounts of a code in the locality of the page, from the document of the code in the feed.
const dollars = (cents) => (cents === null ? "\u2013" : `$${Math.floor(cents / 100).toLocaleString("en-US")}.${String(cents % 100).padStart(2, "0")}`);

function rowsOf(code, position) {
  return code.rows.flatMap((row) => row.payments.map((paid) => [
    [row.modifier || (code.rows.length > 1 ? "whole service" : "Amount"), paid.qp_status === "qp" ? "QP" : ""].filter(Boolean).join(", "),
    ...["nonfacility", "facility"].map((setting) => (row[`${setting}_na`] ? "NA" : dollars(paid.localities[`${setting}_allowed`][position]))),
  ]));
}

function made(name, text, className) {
  const node = document.createElement(name);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

function tableOf(rows) {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const [text, name] of [["", ""], ["Non-facility", "n"], ["Facility", "n"]]) head.append(text ? made("th", text, name) : made("td", ""));
  const body = table.createTBody();
  for (const [label, ...amounts] of rows) {
    const row = body.insertRow();
    row.append(made("th", label), ...amounts.map((text) => made("td", text, "n total")));
  }
  return table;
}

export function startHere(root) {
  const form = document.getElementById("here");
  const result = document.getElementById("here-result");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = document.getElementById("here-code").value.trim().toUpperCase();
    if (!/^[0-9A-Z]{5}$/.test(wanted)) return result.replaceChildren(made("p", "A code has five letters or digits, for example 99213."));
    try {
      const answer = await fetch(`${root}feed/codes/${wanted}.json`);
      const code = answer.ok ? await answer.json() : null;
      const link = made("a", `The page of ${wanted}`);
      link.href = `${root}codes/${wanted}.html`;
      const more = document.createElement("p");
      more.append(link);
      if (!code) result.replaceChildren(made("p", `There is no code ${wanted}.`));
      else if (code.kind === "tombstone") result.replaceChildren(made("p", `${wanted} is gone. ${code.reason}`), more);
      else {
        const rows = rowsOf(code, Number(form.dataset.position));
        result.replaceChildren(rows.length ? tableOf(rows) : made("p", `${wanted} has no price under this fee schedule.`), more);
      }
    } catch {
      result.replaceChildren(made("p", "The figures could not be loaded."));
    }
    return undefined;
  });
}
