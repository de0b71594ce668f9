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
  vegaEmbed(form, spec, { mode: "vega-lite" }).then(({ view }) => {
    figure.querySelector("img").hidden = true;
    view.addSignalListener("chosen", (_, level) => {
      const off = (row) => Math.abs(row.level - level);
      const rows = spec.data.values;
      heard.textContent = rows.reduce((a, b) => (off(b) < off(a) ? b : a)).says;
    });
  });
}
