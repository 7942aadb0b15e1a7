// The page's side: frames come down one streamed response and are drawn as they are; strokes,
// settings and what was drawn go up a WebSocket.

/** @param {string} id */
const element = (id) => document.getElementById(id);
const canvas = element("fluid");
const context = canvas.getContext("2d", { alpha: false });
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Bytes before each frame's pixels: its number, when it was made, times of three parts in ms. */
const HEADER = 40;
const PARTS = [
  { name: "step", color: "#4fc3f7" },
  { name: "draw", color: "#ba68c8" },
  { name: "transfer", color: "#ffb74d" },
  { name: "show", color: "#81c784" },
];
const DYES = {
  coral: [1, 0.22, 0.14],
  amber: [1, 0.6, 0.06],
  teal: [0.03, 0.75, 0.55],
  azure: [0.06, 0.38, 1],
  violet: [0.5, 0.12, 0.95],
  white: [0.9, 0.9, 0.9],
};

let socket;
let paused = still.matches;
let dye = DYES.azure;

function send(kind, body = {}) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify([kind, body]));
}

// Connection

function connect() {
  const stop = new AbortController();
  socket = new WebSocket(`ws://${location.host}/control`);
  socket.addEventListener("message", ({ data }) => {
    const { id, size, note } = JSON.parse(data);
    if (note === "waiting") say("Waiting for a free worker …");
    if (note === "restarted") say("The worker ended: here is a fresh fluid.", 5000);
    if (id === undefined) return;
    canvas.width = canvas.height = size;
    sendSettings();
    if (!rests()) send("run"); // a first frame comes in any case
    readFrames(id, size, stop.signal).catch(() => socket.close());
  });
  socket.addEventListener("close", ({ code, reason }) => {
    stop.abort();
    if (code === 1008 || code === 1011) return say(`${reason} Reload the page to go on.`);
    say("The server is gone: trying again …");
    setTimeout(connect, 1000);
  });
}

/** Cuts the stream into frames: a chunk is part of one, or of two. */
async function readFrames(id, size, signal) {
  const { body } = await fetch(`/frames/${id}`, { signal });
  const reader = body.getReader();
  const buffer = new Uint8Array(HEADER + size * size * 4);
  const pixels = new ImageData(new Uint8ClampedArray(buffer.buffer, HEADER), size);
  for (let filled = 0; ; ) {
    let { value: chunk, done } = await reader.read();
    if (done) throw new Error("the stream ended");
    while (chunk.length > 0) {
      const part = chunk.subarray(0, buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      chunk = chunk.subarray(part.length);
      if (filled < buffer.length) continue;
      filled = 0;
      showFrame(pixels, new Float64Array(buffer.buffer, 0, HEADER / 8));
    }
  }
}

/** Draws a frame and says so: the server makes no more than two ahead of what was drawn. */
function showFrame(pixels, header) {
  const arrived = clock();
  context.putImageData(pixels, 0, 0);
  const drawn = clock();
  const [frame, made, step, draw, borrow] = header;
  const [age, show] = [Math.max(0, drawn - made), drawn - arrived];
  send("drawn", { frame, age, show });
  canvas.dataset.frame = frame;
  record([step, draw, borrow + Math.max(0, arrived - made), show], age);
  if (saying === undefined) say("");
}

function clock() {
  return performance.timeOrigin + performance.now();
}

let saying;

/** Shows a line over the fluid: until the next frame, or for a while. */
function say(text, ms = 0) {
  clearTimeout(saying);
  saying = ms > 0 ? setTimeout(() => say(""), ms) : undefined;
  const status = element("status");
  if (status.textContent !== text) status.textContent = text;
}

// Stirring

/** Where each pointer was when its last stroke was sent, and where it is. */
const pointers = new Map();
let flushing = false;

function place({ clientX, clientY }) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const within = (x) => Math.min(1, Math.max(0, x));
  return { x: within((clientX - left) / width), y: within((clientY - top) / height) };
}

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  const at = place(event);
  stir(event.pointerId, at, at);
});
canvas.addEventListener("pointermove", (event) => {
  const pointer = pointers.get(event.pointerId);
  if (pointer !== undefined) stir(event.pointerId, pointer.from, place(event));
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, ({ pointerId }) => {
    sendStrokes();
    pointers.delete(pointerId);
  });
}

/** A mouse moves more often than frames come: one stroke for each pointer and frame. */
function stir(id, from, to) {
  pointers.set(id, { from, to });
  if (flushing) return;
  flushing = true;
  requestAnimationFrame(sendStrokes);
}

function sendStrokes() {
  flushing = false;
  for (const [id, { from, to }] of pointers) {
    if (from !== to) sendStroke(from, to);
    pointers.set(id, { from: to, to });
  }
}

function sendStroke(from, to) {
  if (paused) return;
  const [r, g, b] = dye;
  send("drag", { x0: from.x, y0: from.y, x1: to.x, y1: to.y, r, g, b });
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
let stirrer = { x: 0.5, y: 0.5 };

canvas.addEventListener("keydown", (event) => {
  const { key } = event;
  const arrow = ARROWS[key];
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (arrow !== undefined) {
    const within = (x) => Math.min(1, Math.max(0, x));
    const to = { x: within(stirrer.x + arrow[0] * 0.03), y: within(stirrer.y + arrow[1] * 0.03) };
    sendStroke(stirrer, to);
    stirrer = to;
    const ring = element("stirrer");
    ring.hidden = false;
    ring.style.left = `${to.x * 100}%`;
    ring.style.top = `${to.y * 100}%`;
  } else if (key === " ") setPaused(!paused);
  else if (key === "r" || key === "R") send("reset");
  else return;
  event.preventDefault();
});
canvas.addEventListener("blur", () => {
  element("stirrer").hidden = true;
});

// Controls

/** As the program draws a dye where it is dense. */
const shade = (x) => (280 * x * (x + 0.1)) / (x * (x + 0.1) + 0.22);

for (const [name, color] of Object.entries(DYES)) {
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "dye", title: name, checked: color === dye });
  input.setAttribute("aria-label", name);
  input.style.setProperty("--dye", `rgb(${color.map(shade).join(" ")})`);
  input.addEventListener("change", () => {
    dye = color;
  });
  element("dyes").append(input);
}

/** Sliders go from 0 to 1; what they stand for does not. */
function sendSettings() {
  const slider = (id) => Number(element(id).value);
  send("settings", {
    swirl: slider("swirl"),
    viscosity: 0.002 * slider("viscosity") ** 2,
    decay: slider("decay") ** 2,
  });
}
for (const id of ["swirl", "viscosity", "decay"]) {
  element(id).addEventListener("input", sendSettings);
}

function setPaused(value) {
  paused = value;
  element("pause").textContent = paused ? "Play" : "Pause";
  sendMotion();
}

/** A page that nobody sees rests, as one that is paused. */
const rests = () => paused || document.hidden;
const sendMotion = () => send(rests() ? "rest" : "run");
element("pause").addEventListener("click", () => setPaused(!paused));
element("reset").addEventListener("click", () => send("reset"));
document.addEventListener("visibilitychange", sendMotion);
still.addEventListener("change", ({ matches }) => {
  if (matches) setPaused(true);
});

// Speed

const frames = [];

function record(times, age) {
  frames.push({ at: performance.now(), times, age });
  if (frames.length > 120) frames.shift();
}

for (const { name, color } of PARTS) {
  const row = document.createElement("div");
  const [term, value] = [document.createElement("dt"), document.createElement("dd")];
  term.style.setProperty("--part", color);
  term.textContent = name;
  value.id = `ms-${name}`;
  row.append(term, value);
  element("legend").append(row);
}

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;

function plotSpeed() {
  const plot = element("plot");
  const pen = plot.getContext("2d");
  const recent = frames.filter(({ at }) => at > performance.now() - 1000);
  element("fps").value = recent.length;
  if (recent.length > 0) {
    element("age").value = mean(recent.map(({ age }) => age)).toFixed(1);
    PARTS.forEach(({ name }, i) => {
      const ms = mean(recent.map(({ times }) => times[i]));
      element(`ms-${name}`).textContent = `${ms.toFixed(ms < 1 ? 2 : 1)} ms`;
    });
  }
  // Few frames take much longer than all others: they may stick out.
  const sums = frames.map(({ times }) => times.reduce((a, b) => a + b)).sort((a, b) => a - b);
  const scale = plot.height / Math.max(20, 1.3 * (sums[Math.floor(sums.length * 0.9)] ?? 0));
  const width = plot.width / 120;
  pen.clearRect(0, 0, plot.width, plot.height);
  frames.forEach(({ times }, i) => {
    let y = plot.height;
    PARTS.forEach(({ color }, part) => {
      pen.fillStyle = color;
      y -= times[part] * scale;
      pen.fillRect(plot.width - (frames.length - i) * width, y, width - 1, times[part] * scale);
    });
  });
  const fps = [60, 30, 15, 5].find((each) => (1000 / each) * scale > 60) ?? 1;
  const y = plot.height - (1000 / fps) * scale;
  pen.fillStyle = "#e8e9f0";
  pen.font = "22px system-ui, sans-serif";
  pen.fillRect(0, y, plot.width, 1);
  pen.fillText(`${fps} fps`, 4, y - 6);
}

setInterval(plotSpeed, 250);
setPaused(paused);
connect();
