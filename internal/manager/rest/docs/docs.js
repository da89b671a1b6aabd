// Shows the OpenAPI description of this server, without anything from elsewhere.
"use strict";

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function refName(schema) {
  return schema && schema.$ref ? schema.$ref.split("/").pop() : "";
}

function typeOf(schema) {
  if (!schema) return "";
  const name = refName(schema);
  if (name) return make("a", { href: "#type-" + name }, name);
  if (schema.type === "array" || (Array.isArray(schema.type) && schema.type.includes("array"))) {
    const span = make("span", {}, "list of ");
    span.append(typeOf(schema.items));
    return span;
  }
  let text = [].concat(schema.type || "object").join(" or ");
  if (schema.format) text += " (" + schema.format + ")";
  if (schema.enum) text += ": " + schema.enum.join(", ");
  return text;
}

function row(...cells) {
  return make("tr", {}, ...cells.map((cell) => make("td", {}, cell || "")));
}

function parameters(list) {
  const table = make("table", {});
  for (const p of list) {
    table.append(row(make("code", {}, p.name), p.in + (p.required ? ", needed" : ""), typeOf(p.schema), p.description));
  }
  return table;
}

function operation(path, method, op) {
  const head = make("summary", {}, make("b", {}, method.toUpperCase()), make("code", {}, path), " ", op.summary || "",
    make("span", { class: "role" }, op["x-role"] || "anybody"));
  const inside = make("div", { class: "body" });
  if (op.description) inside.append(make("p", {}, op.description));
  if (op.parameters) inside.append(parameters(op.parameters));
  const request = op.requestBody && op.requestBody.content["application/json"];
  if (request) inside.append(make("p", {}, "Body: ", typeOf(request.schema)));
  for (const [status, answer] of Object.entries(op.responses || {})) {
    const content = Object.values(answer.content || {})[0];
    inside.append(make("p", {}, "Answer " + status + ": ", content ? typeOf(content.schema) : answer.description || ""));
  }
  const node = make("details", {}, head, inside);
  node.dataset.words = [path, method, op.summary, op.operationId].join(" ").toLowerCase();
  return node;
}

function properties(schema) {
  const table = make("table", {});
  for (const [name, property] of Object.entries(schema.properties || {})) {
    const needed = (schema.required || []).includes(name) ? "" : "may be absent";
    const cell = property.properties ? properties(property) : typeOf(property);
    table.append(row(make("code", {}, name), cell, needed, property.description));
  }
  return table;
}

async function show() {
  const answer = await fetch("/api/v1/openapi.json");
  if (!answer.ok) throw new Error("the server answered " + answer.status);
  const api = await answer.json();
  document.getElementById("about").textContent = api.info.description + " Version " + api.info.version + ".";
  const byTag = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, op] of Object.entries(item)) {
      const tag = (op.tags || ["other"])[0];
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push(operation(path, method, op));
    }
  }
  const routes = document.getElementById("routes");
  routes.replaceChildren();
  for (const [tag, list] of byTag) routes.append(make("section", {}, make("h2", {}, tag), ...list));
  const schemas = document.getElementById("schemas");
  schemas.append(make("h2", {}, "Types"));
  for (const [name, schema] of Object.entries(api.components.schemas).sort()) {
    schemas.append(make("details", { id: "type-" + name }, make("summary", {}, make("code", {}, name)), properties(schema)));
  }
}

document.getElementById("filter").addEventListener("input", (change) => {
  const word = change.target.value.toLowerCase();
  for (const node of document.querySelectorAll("#routes details")) node.hidden = !node.dataset.words.includes(word);
});
window.addEventListener("hashchange", () => {
  const node = document.getElementById(location.hash.slice(1));
  if (node && node.tagName === "DETAILS") node.open = true;
});
show().catch((error) => {
  document.getElementById("routes").textContent = "The description cannot be shown: " + error.message;
});
