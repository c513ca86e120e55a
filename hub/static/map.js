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
  map.getPane("overlayPane").setAttribute("aria-hidden", "true"); // the list is read instead
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
