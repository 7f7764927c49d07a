// Puts a live chart in the place of each picture. Vega's interpreter needs no eval, its tooltip no
// style of its own, so the page's policy allows neither. Where anything fails, the picture stays.
async function draw(figure) {
  const live = figure.querySelector(".live");
  try {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    await vegaEmbed(live, spec, {
      mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
    });
    figure.classList.add("drawn");
  } catch {
    live.remove();
  }
}
for (const figure of document.querySelectorAll("figure.chart")) draw(figure);
