// What pages do beyond HTML: times that go on, news of the connection, questions as dialogs,
// charts drawn from tables. All of it can be done without.
"use strict";

// 1. How long ago
function span(seconds) {
  const s = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 172800) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`;
  const days = Math.floor(s / 86400);
  return days < 10 ? `${days} d ${Math.floor((s % 86400) / 3600)} h` : `${days} d`;
}

let ahead = 0; // by how many seconds this machine's clock is ahead of the hub's

function tellTimes() {
  const now = Date.now() / 1000 - ahead;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = now - Date.parse(time.dateTime) / 1000;
    const text = seconds >= 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
    if (time.textContent !== text) time.textContent = text;
  }
}

// 2. Whether the page is kept up to date
function tellPulse(text, gone) {
  const pulse = document.getElementById("pulse");
  pulse.hidden = false;
  pulse.textContent = text;
  pulse.classList.toggle("gone", gone);
}

function clock() {
  return new Date(Date.now() - ahead * 1000).toISOString().slice(11, 19);
}

function listen() {
  document.body.addEventListener("htmx:sseOpen", () => tellPulse("This page updates itself.", false));
  document.body.addEventListener("htmx:sseError", () =>
    tellPulse("No news comes from the hub just now; the page asks again by itself.", true));
  document.body.addEventListener("htmx:sendError", () =>
    tellPulse("The hub does not answer; the page is not kept up to date until it does.", true));
  document.body.addEventListener("htmx:afterSwap", () => tellPulse(`As of ${clock()}.`, false));
  document.body.addEventListener("htmx:responseError", (event) =>
    tellPulse(`The page could not be updated (answer ${event.detail.xhr.status}); it is not as of now.`, true));
  document.body.addEventListener("htmx:afterSettle", () => { tellTimes(); drawCharts(); });
}

// 3. Questions before actions
async function ask(link) {
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const form = page.getElementById("confirm");
  if (!answer.ok || !form) { location.href = link.href; return; }
  const dialog = document.getElementById("dialog");
  dialog.replaceChildren(document.importNode(form, true));
  dialog.showModal();
  (dialog.querySelector("[autofocus]") || dialog.querySelector("button")).focus();
}

document.addEventListener("click", (event) => {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a");
  if (!link) return;
  if (link.matches("[data-dialog]")) {
    event.preventDefault();
    ask(link).catch(() => { location.href = link.href; });
  } else if (link.matches("dialog [data-close]")) {
    event.preventDefault();
    document.getElementById("dialog").close();
  }
});

document.addEventListener("submit", (event) => {
  // a second click must not act twice
  for (const button of event.target.querySelectorAll("button")) button.disabled = true;
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});

// 4. Charts: <figure class="chart"> with a table whose first column is a time or a number
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function tableOf(figure) {
  return figure.querySelector("table:not(.u-legend)");
}

function numbersOf(table) {
  const rows = [...table.tBodies[0].rows];
  const value = (cell) => {
    const time = cell.querySelector("time");
    if (time) return Date.parse(time.dateTime) / 1000;
    return cell.dataset.value === undefined ? Number(cell.textContent.replace(/\s/g, "")) : Number(cell.dataset.value);
  };
  return [...rows[0].cells].map((_, column) => rows.map((row) => value(row.cells[column])));
}

const DAY = "\n{YYYY}-{MM}-{DD}"; // uPlot: step, text, and what is added where the year, month, day begins
const MOMENTS = [
  [86400, "{MM}-{DD}", "\n{YYYY}", null, "\n{YYYY}", null, null, null, 1],
  [3600, "{HH}:{mm}", DAY, null, DAY, null, null, null, 1],
  [60, "{HH}:{mm}", DAY, null, DAY, null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", DAY, null, DAY, null, null, null, 1],
];
const WHOLE = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));

// Bars of several series stand side by side at their place; those of nothing need no room.
function barsBeside(columns) {
  const [x, ...series] = columns;
  const shown = series.map((column) => column.some((value) => value !== 0));
  const step = x.length > 1 ? x[1] - x[0] : 1;
  const width = (step * 0.8) / Math.max(1, shown.filter(Boolean).length);
  return series.map((_, place) => {
    const before = shown.slice(0, place).filter(Boolean).length;
    const from = before * width - step * 0.4;
    return uPlot.paths.bars({ align: 1, disp: {
      x0: { unit: 1, values: () => x.map((value) => value + from) },
      size: { unit: 1, values: () => [width] },
    } });
  });
}

function drawChart(figure) {
  const table = tableOf(figure);
  const plot = figure.querySelector(".plot");
  if (!table || !plot || !table.tBodies[0].rows.length) return;
  const heads = [...table.tHead.rows[0].cells];
  const line = { stroke: colour("muted"), grid: { stroke: colour("rule"), width: 1 }, ticks: { show: false } };
  const bars = figure.dataset.kind === "bars";
  const numbers = numbersOf(table);
  const paths = bars ? barsBeside(numbers) : [];
  const series = heads.slice(1).map((head, place) => {
    const stroke = colour(head.dataset.colour || ["one", "two", "three", "four"][place % 4]);
    return { label: head.textContent.trim(), stroke, points: { show: false },
      ...(bars ? { fill: stroke, width: 0, paths: paths[place] } : { width: 2 }) };
  });
  const x = numbers[0];
  const half = bars && x.length > 1 ? (x[1] - x[0]) / 2 : 0;
  const time = figure.dataset.x !== "number";
  const whole = numbers.slice(1).flat().every(Number.isInteger);
  plot.replaceChildren();
  new uPlot({
    width: plot.clientWidth,
    height: Number(figure.dataset.height || 200),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: {
      x: { time, range: (_, low, high) => [low - half, high + half] },
      y: { range: (_, low, high) => [Math.min(0, low), high || 1] },
    },
    series: [{}, ...series],
    axes: [{ ...line, ...(time ? { values: MOMENTS } : {}) }, { ...line, size: 44, ...(whole ? { incrs: WHOLE } : {}) }],
    legend: { live: false },
    cursor: { show: false },
  }, numbers, plot);
}

function drawCharts() {
  if (typeof uPlot === "undefined") return;
  for (const figure of document.querySelectorAll("figure.chart")) {
    const text = tableOf(figure)?.textContent;
    if (figure.told !== text || !figure.querySelector(".uplot")) { figure.told = text; drawChart(figure); }
  }
}

function redrawCharts() {
  for (const figure of document.querySelectorAll("figure.chart")) figure.told = null;
  drawCharts();
}

// 5. What an update leaves as it is: typed text, opened details, drawn charts
function keepWhatPeopleDid(defaults) {
  defaults.ignoreActiveValue = true;
  defaults.callbacks.beforeNodeMorphed = (old) => !(old.classList && old.classList.contains("plot"));
  defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.nodeName === "DETAILS");
}

document.addEventListener("DOMContentLoaded", () => {
  const now = document.getElementById("pulse").dataset.now;
  ahead = Date.now() / 1000 - Date.parse(now) / 1000;
  if (Math.abs(ahead) < 5) ahead = 0;
  if (typeof Idiomorph !== "undefined") keepWhatPeopleDid(Idiomorph.defaults);
  listen();
  tellTimes();
  drawCharts();
  setInterval(tellTimes, 5000);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawCharts);
  let wait = 0;
  window.addEventListener("resize", () => { clearTimeout(wait); wait = setTimeout(redrawCharts, 200); });
});
