// What is wrong with the page that is open, in words; room is the width of the window.
(room) => {
  const wrong = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const told = (it) => it.outerHTML.slice(0, 160);
  const each = (selector, is, said) => {
    for (const it of all(selector)) if (is(it)) wrong.push(`${said}: ${told(it)}`);
  };
  const always = () => true;

  if (!document.documentElement.lang) wrong.push("the language is not told");
  if (!document.title.trim()) wrong.push("there is no title");
  if (all("main").length !== 1) wrong.push("there is not one main part");

  const ids = all("[id]").map((it) => it.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) {
    wrong.push(`two things have the id ${id}`);
  }
  // the dialog is named by the question that comes into it
  for (const it of all("[aria-labelledby], [aria-describedby], label[for]")) {
    const named = ["aria-labelledby", "aria-describedby", "for"]
      .flatMap((name) => (it.getAttribute(name) || "").split(/\s+/)).filter(Boolean);
    if (it.id !== "dialog" && named.some((id) => !ids.includes(id))) {
      wrong.push(`named by what is not there: ${told(it)}`);
    }
  }

  each("img:not([alt])", always, "no words for it");
  each("img", (it) => it.complete && !it.naturalWidth, "a picture that does not load");
  each("svg:not([aria-hidden=true]):not([role=img])",
    (it) => !it.closest(".leaflet-container"), "a drawing that is read aloud");
  each("[tabindex]", (it) => it.tabIndex > 0, "out of order");
  each("a a, a button, button a, button button", always, "within each other");
  each("thead th:not([scope])", always, "of a column or of a row");
  each("body *:not(textarea)", (it) => it.tabIndex < 0 && it.scrollWidth > it.clientWidth
    && ["auto", "scroll"].includes(getComputedStyle(it).overflowX), "not scrolled by keyboard");
  each("button, .button, input, nav a, summary", (it) => {
    const box = it.getBoundingClientRect();
    return box.width && it.checkVisibility() && Math.min(box.width, box.height) < 24;
  }, "too small to hit");

  const beyond = document.documentElement.scrollWidth - room;
  if (beyond > 0) {
    const far = all("body *").filter((it) => it.getBoundingClientRect().right > room + 1);
    wrong.push(`wider than the window by ${beyond}: ${far.slice(-1).map(told)}`);
  }
  return wrong;
}
