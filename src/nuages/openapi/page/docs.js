// Starts Swagger UI on the API's own description, and logs its reader in. It asks no host but this one.
"use strict";

const root = document.body.dataset.root;
const form = document.getElementById("login");
const told = document.getElementById("told");
const SAFE = ["GET", "HEAD", "OPTIONS"];

const quote = (text) => JSON.stringify(String(text));

const bodyOf = (request) => {
  const body = request.get("body");
  return typeof body === "string" && body ? body : null;
};

const headersOf = (request) => Object.entries((request.get("headers") || new Map()).toJS());

function python(request) {
  const headers = headersOf(request).map(([name, value]) => `    ${quote(name)}: ${quote(value)},\n`);
  const body = bodyOf(request);
  const lines = [`    ${quote(request.get("url"))},\n`, `    headers={\n${headers.map((each) => `    ${each}`).join("")}    },\n`];
  if (body) lines.push(`    content=${quote(body)},\n`);
  const method = String(request.get("method")).toLowerCase();
  return `import httpx\n\nresponse = httpx.request(\n    ${quote(method.toUpperCase())},\n${lines.join("")})\nprint(response.status_code, response.json())`;
}

function javascript(request) {
  const options = { method: request.get("method"), headers: Object.fromEntries(headersOf(request)) };
  const body = bodyOf(request);
  if (body) options.body = body;
  const said = JSON.stringify(options, null, 2);
  return `const response = await fetch(${quote(request.get("url"))}, ${said});\nconsole.log(response.status, await response.json());`;
}

const snippets = { fn: { requestSnippetGenerator_python: python, requestSnippetGenerator_javascript: javascript } };

// A browser's session changes nothing without the token that its pages have.
function withToken(request) {
  const cookie = document.cookie.split("; ").find((each) => each.startsWith("csrftoken="));
  const named = Object.keys(request.headers).some((name) => ["authorization", "x-api-key"].includes(name.toLowerCase()));
  if (cookie && !named && !SAFE.includes((request.method || "GET").toUpperCase())) {
    request.headers["X-CSRFToken"] = decodeURIComponent(cookie.split("=")[1]);
  }
  return request;
}

const ui = SwaggerUIBundle({
  url: `${root}/openapi.json`,
  domNode: document.getElementById("page"),
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  requestInterceptor: withToken,
  plugins: [snippets],
  requestSnippetsEnabled: true,
  requestSnippets: {
    generators: {
      curl_bash: { title: "curl", syntax: "bash" },
      python: { title: "Python", syntax: "python" },
      javascript: { title: "JavaScript", syntax: "javascript" },
    },
    defaultExpanded: true,
    languages: ["curl_bash", "python", "javascript"],
  },
  onComplete: () => {
    const document_ = ui.specSelectors.specJson().toJS();
    form.hidden = !(document_.paths && document_.paths["/auth/token"]);
  },
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const sent = Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
  const response = await fetch(`${root}/auth/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(sent),
  });
  const answer = await response.json();
  if (!response.ok) {
    document.getElementById("second").hidden = !String(answer.type).endsWith("second-factor-required");
    told.textContent = answer.detail;
    return;
  }
  const scheme = answer.token_type === "Bearer" ? "bearer" : answer.token_type;
  ui.preauthorizeApiKey(scheme, scheme === "bearer" ? answer.access_token : `${scheme} ${answer.access_token}`);
  ui.specActions.download(`${root}/openapi.json`);
  form.reset();
  told.textContent = `Requests are sent as ${sent.username}, for ${answer.expires_in} seconds.`;
});
