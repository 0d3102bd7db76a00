// What a page does beyond its text: search, and amounts of the place that a reader picks. Every page reads well without it.
const root = document.documentElement.dataset.root;

if (document.getElementById("q")) {
  const { startSearch } = await import("./search.js");
  startSearch(root);
}
if (document.getElementById("localities")) {
  const { startPlaces } = await import("./place.js");
  startPlaces(root);
}
if (document.getElementById("here")) {
  const { startHere } = await import("./here.js");
  startHere(root);
}
