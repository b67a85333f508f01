// Shows /openapi.json, and asks what can be read. Text from the document and from answers is only ever text.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
const SHOWN = 100_000; // characters of an answer
const NARROW = matchMedia("(max-width: 56rem)"); // as in docs.css
let spec;

/** An element with these attributes; children are elements or text. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** What a reference within the document means. */
function found(part) {
  if (!part || !part.$ref) return part || {};
  return part.$ref.slice(2).split("/").reduce((at, key) => at[key], spec);
}

/** An element with this text, in which **bold** and `code` are what they mean. */
function written(name, text) {
  const made = el(name);
  for (const piece of text.replaceAll("\n", " ").split(/(`[^`]+`|\*\*[^*]+\*\*)/)) {
    if (piece.startsWith("`")) made.append(el("code", {}, piece.slice(1, -1)));
    else if (piece.startsWith("**")) made.append(el("strong", {}, piece.slice(2, -2)));
    else made.append(piece);
  }
  return made;
}

/** Paragraphs, and lists of what begins with a dash: what the descriptions use. */
function prose(text, name = "p") {
  return (text || "").split(/\n\s*\n/).filter(Boolean).map((paragraph) => {
    if (!paragraph.startsWith("- ")) return written(name, paragraph);
    return el("ul", {}, ...paragraph.slice(2).split("\n- ").map((item) => written("li", item)));
  });
}

/** The kind of a value in a few words. */
function kind(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(kind).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${kind(schema.items || {})}`;
  const bounds = [];
  if (schema.minimum !== undefined) bounds.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) bounds.push(`to ${schema.maximum}`);
  if (schema.default !== undefined && schema.default !== null && schema.default !== "") bounds.push(`usually ${JSON.stringify(schema.default)}`);
  const values = schema.enum?.map((value) => JSON.stringify(value)).join(" | ");
  return [values || schema.format || schema.type || "anything", ...bounds].join(", ");
}

/** The object schemas that a value of this schema is or holds. */
function objectsIn(schema) {
  if (schema.$ref) return found(schema).properties ? [found(schema)] : [];
  if (schema.anyOf) return schema.anyOf.flatMap(objectsIn);
  return schema.type === "array" ? objectsIn(schema.items || {}) : [];
}

/** The members of an object, those that are objects in turn folded. */
function shape(schema, above = []) {
  const list = el("ul", { class: "shape" });
  for (const [name, member] of Object.entries(schema.properties || {})) {
    const needed = (schema.required || []).includes(name) ? "" : " (may be absent)";
    const line = [el("code", {}, name), ` ${kind(member)}${needed} `];
    const text = member.description ? el("span", { class: "muted" }, member.description) : "";
    const inner = objectsIn(member).filter((one) => !above.includes(one));
    if (inner.length) {
      const parts = inner.map((one) => shape(one, [...above, one]));
      list.append(el("li", {}, el("details", {}, el("summary", {}, ...line, text), ...parts)));
    } else list.append(el("li", {}, ...line, text));
  }
  return list;
}

/** A body's schema as a name with its members, and an example where there is one. */
function content(parts) {
  const made = [];
  for (const [type, media] of Object.entries(parts || {})) {
    const schema = media.schema || {};
    made.push(el("p", {}, el("code", {}, type), " ", schema.$ref || schema.type ? kind(schema) : ""));
    for (const one of objectsIn(schema)) {
      made.push(...prose(one.description).map((p) => { p.className = "muted"; return p; }), shape(one, [one]));
    }
    if (media.example !== undefined) {
      made.push(el("pre", {}, typeof media.example === "string" ? media.example : JSON.stringify(media.example, null, 2)));
    }
  }
  return made;
}

function parameterTable(parameters) {
  const rows = parameters.map((one) => el("tr", {},
    el("td", {}, el("code", {}, one.name), el("br"), el("small", {}, one.in + (one.required ? ", needed" : ""))),
    el("td", {}, kind(one.schema)),
    el("td", {}, ...prose(one.description, "span"))));
  const head = el("tr", {}, ...["Name", "Kind", "Means"].map((text) => el("th", { scope: "col" }, text)));
  return el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows));
}

function responseList(responses) {
  const list = el("div");
  for (const [status, reference] of Object.entries(responses)) {
    const response = found(reference);
    const inside = status < "400" ? content(response.content) : [];
    const line = [el("code", {}, status), ` ${response.description || ""}`];
    if (inside.length) list.append(el("details", {}, el("summary", {}, ...line), ...inside));
    else list.append(el("p", {}, ...line));
  }
  return list;
}

/** The form that asks; what comes back stands below it. */
function tryIt(path, operation, id) {
  const fields = new Map();
  const form = el("form");
  for (const one of operation.parameters || []) {
    const name = `${id}-${one.name}`;
    const values = one.schema.enum;
    const example = (one.schema.examples || one.examples || [])[0];
    const field = values
      ? el("select", { id: name }, ...(one.required ? [] : [el("option", { value: "" }, "")]),
        ...values.map((value) => el("option", { value }, String(value))))
      : el("input", { id: name, type: "text", placeholder: example ?? "", autocomplete: "off" });
    if (one.in === "path") { field.required = true; field.value = example ?? ""; }
    fields.set(one, field);
    form.append(el("p", {}, el("label", { for: name }, one.name), field));
  }
  const send = el("button", { type: "submit" }, "Ask");
  const stop = el("button", { type: "button", hidden: "" }, "Stop");
  const said = el("div", { role: "status" });
  const types = Object.keys((operation.responses["200"] || {}).content || {});
  const accept = types.length > 1 && el("select", { id: `${id}-accept` }, ...types.map((type) => el("option", {}, type)));
  if (accept) form.append(el("p", {}, el("label", { for: accept.id }, "Accept"), accept));
  form.append(el("p", {}, send, stop));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(address(path, fields), headersOf(fields, accept), said, send, stop);
  });
  return el("div", {}, el("h4", {}, "Try it"), form, said);
}

function address(path, fields) {
  const query = new URLSearchParams();
  let filled = path;
  for (const [one, field] of fields) {
    if (one.in === "path") filled = filled.replace(`{${one.name}}`, encodeURIComponent(field.value));
    else if (one.in === "query" && field.value) query.set(one.name, field.value);
  }
  return query.size ? `${filled}?${query}` : filled;
}

function headersOf(fields, accept) {
  const headers = {};
  for (const [one, field] of fields) if (one.in === "header" && field.value) headers[one.name] = field.value;
  if (accept) headers.Accept = accept.value;
  return { ...headers, ...tokenHeader() };
}

function tokenHeader() {
  const token = document.getElementById("token").value.trim();
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Ask, and say all the while how it stands. */
async function ask(where, headers, said, send, stop) {
  const ending = new AbortController();
  const began = performance.now();
  const took = () => `${where}, ${Math.round(performance.now() - began)} ms`;
  const body = el("pre", { tabindex: "0" });
  send.disabled = true;
  stop.hidden = false;
  stop.onclick = () => ending.abort();
  const waiting = el("p", { class: "muted" }, `Asking… ${where}`);
  said.replaceChildren(waiting);
  try {
    const answer = await fetch(where, { headers, signal: ending.signal, cache: "no-store" });
    const status = `${answer.status} ${answer.statusText}`;
    const told = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    said.replaceChildren(
      el("p", {}, el("strong", { class: answer.ok ? "good" : "bad" }, status), ` ${took()}`),
      el("details", {}, el("summary", {}, "Headers"), el("pre", {}, told)), body);
    await show(answer, body, ending);
  } catch (error) {
    if (ending.signal.aborted) said.append(el("p", { class: "muted" }, `Stopped. ${took()}`));
    else said.append(el("p", {}, el("strong", { class: "bad" }, `No answer: ${error.message}.`), ` ${took()}`));
  } finally {
    waiting.remove();
    send.disabled = false;
    stop.hidden = true;
  }
}

/** The body as it comes, of a stream its end: that goes on until somebody stops it. */
async function show(answer, body, ending) {
  const type = answer.headers.get("content-type") || "";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
    if (type.startsWith("text/event-stream")) text = text.slice(-SHOWN);
    body.textContent = text.slice(0, SHOWN);
    if (text.length > SHOWN) { body.append("\n… (more is not shown)"); ending.abort(); return; }
  }
  if (/json/.test(type) && text) body.textContent = JSON.stringify(JSON.parse(text), null, 2);
  if (!text) body.remove();
}

/** The word before an operation: what it does, or that it is a WebSocket, which begins as a GET. */
function methodOf(method, operation) {
  const name = operation.responses["101"] ? "ws" : method;
  return el("span", { class: `method ${name}` }, name.toUpperCase());
}

function operationOf(path, method, operation) {
  const id = operation.operationId;
  const inside = el("div", { class: "inside" }, ...prose(operation.description));
  const open = (operation.security || [{}]).some((one) => Object.keys(one).length === 0);
  if (!open) inside.append(el("p", { class: "muted" }, `Needs a token that may ${operation["x-scope"]}.`));
  if (operation.parameters?.length) inside.append(el("h4", {}, "Parameters"), parameterTable(operation.parameters));
  if (operation.requestBody) inside.append(el("h4", {}, "Body"), ...content(operation.requestBody.content));
  inside.append(el("h4", {}, "Answers"), responseList(operation.responses));
  if (method === "get" && !operation.responses["101"]) inside.append(tryIt(path, operation, id));
  const title = el("h3", {}, methodOf(method, operation), el("code", {}, path), " ",
    el("span", { class: "what" }, operation.summary || ""));
  return el("details", { class: "operation", id }, el("summary", {}, title), inside);
}

function showAll() {
  document.getElementById("version").textContent = spec.info.version;
  const about = document.getElementById("about");
  about.replaceChildren(...prose(spec.info.description));
  about.firstElementChild.className = "lead";
  about.firstElementChild.after(el("pre", {}, `curl ${location.origin}/v1/prices/BTC-USD`));
  const groups = new Map((spec.tags || []).map((tag) => [tag.name, { text: tag.description, all: [] }]));
  for (const [path, methods] of Object.entries(spec.paths)) {
    for (const method of METHODS.filter((one) => methods[one])) {
      const tag = methods[method].tags?.[0] ?? "Others";
      if (!groups.has(tag)) groups.set(tag, { text: "", all: [] });
      groups.get(tag).all.push([path, method, methods[method]]);
    }
  }
  const operations = document.getElementById("operations").lastElementChild; // what is in the page itself stays last
  const contents = document.getElementById("contents").lastElementChild;
  for (const [tag, { text, all }] of groups) {
    if (!all.length) continue;
    const links = all.map(([path, method, operation]) => el("li", {}, el("a", { href: `#${operation.operationId}` },
      methodOf(method, operation), el("span", {}, operation.summary || path))));
    contents.before(el("section", {}, el("h2", {}, tag), el("ul", {}, ...links)));
    operations.before(el("section", {}, el("h2", {}, tag), ...prose(text), ...all.map((one) => operationOf(...one))));
  }
}

/** Open the operation that the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.classList.contains("operation")) {
    named.open = true;
    named.scrollIntoView();
    named.querySelector("summary").focus({ preventScroll: true });
  }
}

/** Show only what has all these words. */
function filter(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (part) => wanted.every((word) => part.textContent.toLowerCase().includes(word));
  for (const part of document.querySelectorAll("nav li")) part.hidden = !has(part);
  for (const part of document.querySelectorAll(".operation")) part.hidden = !has(part.querySelector("summary"));
  for (const part of document.querySelectorAll("nav section, #operations section")) {
    part.hidden = !part.querySelector("li:not([hidden]), .operation:not([hidden])");
  }
  document.getElementById("nothing").hidden = Boolean(document.querySelector(".operation:not([hidden])"));
}

/** Where there is room the contents stand beside the text, else folded before it. */
function fold() {
  document.getElementById("contents").open = !NARROW.matches;
}

async function begin() {
  const status = document.getElementById("status");
  try {
    const answer = await fetch("/openapi.json", { headers: tokenHeader() });
    if (!answer.ok) throw new Error(answer.status === 401 ? "it needs a token" : `it answers ${answer.status}`);
    spec = await answer.json();
    showAll();
    status.hidden = true;
    openNamed();
  } catch (error) {
    status.hidden = false;
    status.textContent = `The document cannot be read: ${error.message}. `;
  }
}

document.getElementById("find").addEventListener("input", (event) => filter(event.target.value));
document.getElementById("token").addEventListener("change", () => spec || begin());
document.getElementById("contents").addEventListener("click", (event) => event.target.closest("a") && fold());
NARROW.addEventListener("change", fold);
window.addEventListener("hashchange", openNamed);
window.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    event.preventDefault();
    document.getElementById("find").focus();
  }
});
fold();
begin();
