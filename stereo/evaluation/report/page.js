"use strict";

const dialog = document.querySelector("dialog");
const content = dialog.querySelector(".content");
const templates = new Map(
  [...document.querySelectorAll("template[data-scene]")].map((t) => [t.dataset.scene, t]),
);
let shownRun = "0";

// The pixels that count. Without a script all tables are there, one below the other.
function showRegion(region) {
  for (const part of document.querySelectorAll("[data-region]")) {
    part.hidden = part.dataset.region !== region;
  }
  for (const input of document.querySelectorAll('input[data-choice="region"]')) {
    input.checked = input.value === region;
  }
}

function currentRegion() {
  const chosen = document.querySelector('input[data-choice="region"]:checked');
  return chosen ? chosen.value : document.querySelector("[data-region]")?.dataset.region;
}

function visibleTable() {
  return document.querySelector("[data-region]:not([hidden]) table.scenes");
}

// Sorting: numbers fall at the first click, names rise; what has no value stays at the end.
function sortBy(button) {
  const head = button.closest("th");
  const place = head.cellIndex;
  const body = head.closest("table").tBodies[0];
  const before = head.getAttribute("aria-sort");
  const first = place === 0 ? "ascending" : "descending";
  const order = before === first ? (place === 0 ? "descending" : "ascending") : first;
  const sign = order === "ascending" ? 1 : -1;
  const valueOf = (row) => row.cells[place].dataset.value;
  const compare = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    return sign * (place === 0 ? a.localeCompare(b, "en", { numeric: true }) : a - b || 0);
  };
  const rows = [...body.rows].sort((a, b) => compare(valueOf(a), valueOf(b)));
  body.append(...rows);
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
}

function showRun(run) {
  const parts = [...content.querySelectorAll(".of-run")];
  shownRun = run;
  const there = parts.some((part) => part.dataset.run === run) ? run : "0";
  for (const part of parts) part.hidden = part.dataset.run !== there;
  for (const input of content.querySelectorAll('input[data-choice="run"]')) {
    input.checked = input.value === there;
  }
}

function addressOf(scene) {
  const row = [...document.querySelectorAll("tr[data-scene]")].find(
    (one) => one.dataset.scene === scene,
  );
  return row.querySelector("a").getAttribute("href");
}

function sceneOfAddress() {
  const [, name] = /^#scene=(.*)$/.exec(location.hash) ?? [];
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return undefined; // an address that was cut off: no scene is called so
  }
}

function follow() {
  const scene = sceneOfAddress();
  const template = templates.get(scene);
  if (!template) {
    if (dialog.open) dialog.close();
    return;
  }
  content.replaceChildren(template.content.cloneNode(true));
  dialog.dataset.scene = scene;
  dialog.setAttribute("aria-label", `Scene ${scene}`);
  showRegion(currentRegion());
  showRun(shownRun);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

// The next scene in the order of the table as it is sorted.
function step(by) {
  const scenes = [...visibleTable().tBodies[0].rows].map((row) => row.dataset.scene);
  const place = scenes.indexOf(dialog.dataset.scene) + by;
  const next = scenes[(place + scenes.length) % scenes.length];
  history.replaceState(null, "", addressOf(next));
  follow();
}

function closed() {
  content.replaceChildren();
  if (sceneOfAddress() !== undefined) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  const link = [...(visibleTable()?.querySelectorAll("tr[data-scene]") ?? [])]
    .find((row) => row.dataset.scene === dialog.dataset.scene)
    ?.querySelector("a");
  link?.focus();
}

// A mark at the same place of all pictures.
function point(event) {
  const frame = event.target.closest(".frame");
  const pictures = content.querySelector(".pictures");
  if (!pictures) return;
  pictures.classList.toggle("pointed", frame !== null);
  if (!frame) return;
  const box = frame.getBoundingClientRect();
  pictures.style.setProperty("--x", (event.clientX - box.left) / box.width);
  pictures.style.setProperty("--y", (event.clientY - box.top) / box.height);
}

document.addEventListener("click", (event) => {
  const target = event.target;
  const head = target.closest("table.scenes thead button");
  const row = target.closest("tr[data-scene]");
  if (head) sortBy(head);
  else if (row && !target.closest("a")) location.hash = addressOf(row.dataset.scene);
  else if (target.closest("[data-step]")) step(Number(target.closest("[data-step]").dataset.step));
  else if (target.closest(".close")) dialog.close();
});
document.addEventListener("change", (event) => {
  if (event.target.dataset.choice === "region") showRegion(event.target.value);
  else if (event.target.dataset.choice === "run") showRun(event.target.value);
});
dialog.addEventListener("pointermove", point);
dialog.addEventListener("pointerdown", point);
dialog.addEventListener("close", closed);
addEventListener("hashchange", follow);

document.documentElement.classList.add("scripted");
showRegion(currentRegion());
follow();
