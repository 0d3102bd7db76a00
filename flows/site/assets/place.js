// Amounts of the locality or ZIP code that a reader picks, read from the table of all localities in the page; the choice is kept.
const KEY = "pfs-locality";

const kept = {
  get: () => { try { return localStorage.getItem(KEY) ?? ""; } catch { return ""; } },
  set: (slug) => { try { slug ? localStorage.setItem(KEY, slug) : localStorage.removeItem(KEY); } catch { /* none is kept */ } },
};

function readPlaces() {
  return new Map([...document.querySelectorAll("#localities tbody tr")].map((row) => {
    const link = row.querySelector("a");
    const slug = link.getAttribute("href").match(/([^/]+)\.html$/)[1];
    return [slug, { name: link.textContent, href: link.getAttribute("href"), cells: [...row.cells].slice(1).map((cell) => cell.textContent.trim()) }];
  }));
}

const cents = (text) => (/^[\d,]+\.\d\d$/.test(text) ? Number(text.replaceAll(",", "").replace(".", "")) : null);

function against(amount, national) {
  const [a, b] = [cents(amount), cents(national.replace("$", ""))];
  if (a === null || !b) return "";
  const change = Math.round((1000 * (a - b)) / b) / 10;
  return `${change > 0 ? "+" : change < 0 ? "\u2212" : "\u00b1"}${Math.abs(change).toFixed(1)} % against national`;
}

function fill(body, place) {
  const first = Number(body.dataset.column);
  const row = body.querySelector(".place");
  const national = [...body.querySelector(".big").querySelectorAll("td")].map((cell) => cell.textContent);
  row.hidden = !place;
  if (!place) return;
  const link = document.createElement("a");
  link.href = place.href;
  link.textContent = place.name;
  row.querySelector("th").replaceChildren(link);
  row.querySelectorAll("td").forEach((cell, number) => {
    const amount = place.cells[first + number];
    const note = document.createElement("span");
    note.className = "small";
    note.textContent = against(amount, national[number]);
    cell.replaceChildren(cents(amount) === null ? amount : `$${amount}`, note);
  });
}

function markStrip(place) {
  const plot = document.querySelector(".strip .plot");
  if (!plot) return;
  const [low, high] = [Number(plot.dataset.low), Number(plot.dataset.high)];
  const amount = place && place.cells.slice(0, 2).map(cents).filter((value) => value !== null)[0];
  plot.querySelector(".mine").setAttribute("d", amount == null ? "" : `M${(10 + (980 * (amount - low)) / (high - low)).toFixed(1)} 2v46`);
}

export function startPlaces(root) {
  const places = readPlaces();
  const select = document.getElementById("place");
  const field = document.getElementById("zip");
  const said = document.getElementById("picked");
  for (const [slug, place] of places) select.append(new Option(place.name, slug));

  const pick = (slug, text = "") => {
    const place = places.get(slug);
    select.value = place ? slug : "";
    document.querySelectorAll("#pay tbody").forEach((body) => fill(body, place));
    markStrip(place);
    said.textContent = text;
    kept.set(place ? slug : "");
  };

  select.addEventListener("change", () => {
    if (field) field.value = "";
    pick(select.value, select.value ? `Amounts in ${places.get(select.value).name}.` : "National amounts.");
  });
  field?.addEventListener("input", async () => {
    const zip = field.value;
    if (!/^\d{5}$/.test(zip)) return;
    try {
      const answer = await fetch(`${root}zips/${zip.slice(0, 3)}.json`);
      const known = answer.ok ? await answer.json() : { zips: {}, needs_plus_four: [] };
      const slug = known.zips[zip];
      if (field.value !== zip) return;
      if (!slug) said.textContent = `CMS's ZIP code file does not have ${zip}.`;
      else if (known.needs_plus_four.includes(zip)) pick(slug, `${zip} lies mainly in ${places.get(slug).name}; for a part of it, the last four digits decide otherwise.`);
      else pick(slug, `${zip} lies in ${places.get(slug).name}.`);
    } catch {
      said.textContent = "The ZIP codes could not be loaded. Pick the locality instead.";
    }
  });
  document.getElementById("pick").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("pick").hidden = false;
  if (places.has(kept.get())) pick(kept.get());
}
