<<<<<<< HEAD
// The map: tiles over the outlines of the countries, all from this hub. Without it the list below
// the map says the same.
"use strict";

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`answer ${answer.status}`);
  return answer.json();
}

function label(facts) {
  const lines = [facts.name, facts.freshness, `state: ${facts.state}`];
  if (facts.shown) lines.splice(2, 0, `newest shown: ${facts.shown}`);
  const text = document.createElement("span");
  lines.forEach((line, place) => {
    if (place) text.append(document.createElement("br"));
    const part = document.createElement(place ? "span" : "strong");
    part.textContent = line;
    text.append(part);
  });
  return text;
}

function drawTiles(map, layer, tiles) {
  layer.clearLayers();
  layer.addData(tiles);
  return layer.getBounds();
}

async function drawMap(place) {
  place.hidden = false;
  const map = L.map(place, { minZoom: 1, maxZoom: 10, zoomSnap: 0.5, worldCopyJump: true, attributionControl: false });
  map.setView([20, 10], 1.5);
  const world = await json(place.dataset.world);
  L.geoJSON(topojson.feature(world, world.objects.countries), { interactive: false, style: () => ({ className: "land" }) }).addTo(map);
  const layer = L.geoJSON(null, {
    style: (feature) => ({ className: `tile ${feature.properties.shape}${feature.properties.look ? " look" : ""}` }),
    onEachFeature: (feature, drawn) => {
      drawn.bindTooltip(() => label(feature.properties), { sticky: true });
      drawn.on("click", () => { location.href = `/tiles/${encodeURIComponent(feature.properties.name)}`; });
    },
  }).addTo(map);
  const bounds = drawTiles(map, layer, await json(place.dataset.tiles));
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [40, 40], maxZoom: 6 });
  document.body.addEventListener("htmx:afterSwap", async () => {
    drawTiles(map, layer, await json(place.dataset.tiles));
  });
}

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("map");
  drawMap(place).catch((error) => {
    place.hidden = true;
    const word = document.getElementById("map-word");
    word.hidden = false;
    word.textContent = `The map cannot be drawn (${error.message}); the list below says the same.`;
  });
});
=======
// The map: <div class="map" data-tiles="/map.json" data-land="..."> with a table of the same below.
// Features have the properties name, tone, text and href. Nothing is fetched but from this hub.
"use strict";

async function load(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function landOf(world) {
  return L.geoJSON(topojson.feature(world, world.objects.countries), {
    interactive: false,
    style: { className: "land" },
  });
}

function told(properties) {
  const box = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = properties.name;
  box.append(name, document.createElement("br"), properties.text);
  return box;
}

function tilesOf(collection) {
  return L.geoJSON(collection, {
    style: (feature) => ({ className: `tile ${feature.properties.tone}` }),
    onEachFeature: (feature, layer) => {
      layer.bindTooltip(told(feature.properties), { sticky: true });
      layer.on("click", () => { location.href = feature.properties.href; });
    },
  });
}

async function drawMap(box) {
  const map = L.map(box, { attributionControl: false, zoomSnap: 0.5, minZoom: 1, maxZoom: 11, worldCopyJump: true });
  map.setView([30, 10], 2);
  let tiles = L.layerGroup().addTo(map);
  const refresh = async () => {
    const fresh = tilesOf(await load(box.dataset.tiles));
    tiles.remove();
    tiles = fresh.addTo(map);
    return fresh.getBounds();
  };
  landOf(await load(box.dataset.land)).addTo(map);
  const bounds = await refresh();
  if (bounds.isValid()) map.fitBounds(bounds, { padding: [40, 40], maxZoom: 6, animate: false });
  // the rest of the page was fetched anew because something changed
  document.body.addEventListener("htmx:afterSettle", () => { refresh().catch(console.error); });
}

for (const box of document.querySelectorAll(".map[data-tiles]")) {
  drawMap(box).catch(() => { box.textContent = "The map could not be drawn; the table says the same."; });
}
>>>>>>> hub-frame
