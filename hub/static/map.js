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
