// Puts the interactive form of a figure in the place of its picture.
for (const data of document.querySelectorAll("script.interactive-form")) {
  const figure = data.closest("figure");
  const spec = JSON.parse(data.textContent);
  const form = document.createElement("div");
  const heard = document.createElement("p");
  form.className = "interactive";
  heard.className = "heard";
  heard.setAttribute("role", "status");
  data.replaceWith(form, heard);
  vegaEmbed(form, spec, { mode: "vega-lite" }).then(() => {
    figure.querySelector("img").hidden = true;
    // The sentence on top of the figure, as Vega names it for screen readers.
    const says = () => form.querySelector('[aria-label^="says: "]')?.ariaLabel.slice(6);
    let last = says();
    const speak = () => {
      const now = says();
      if (now && now !== last) heard.textContent = last = now;
    };
    const changes = { subtree: true, childList: true, attributes: true };
    new MutationObserver(speak).observe(form, changes);
  });
}
