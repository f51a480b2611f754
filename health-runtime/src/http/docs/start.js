// Shows the document that the page names, in the colours that the person prefers.
"use strict";
const page = document.getElementById("swagger-ui");
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();
SwaggerUIBundle({
  url: new URL(page.dataset.document, document.baseURI).href,
  domNode: page,
  deepLinking: true,
  validatorUrl: null,
});
